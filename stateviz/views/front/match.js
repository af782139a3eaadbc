// A phrase, the units that stay on over it, and every other place where they do, with what is known of the text below.
import { css, inkOn, mix, rgb, wording } from "./colors.js";
import { KINDS } from "./panel.js";
import { count, indexOf, members, placesOf, throughout } from "./phrases.js";
import { glyphs, search } from "./tokens.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./panel.js").Choice} Choice */
/** @typedef {{span: [number, number], threshold: number, before: boolean, after: boolean}} Asked */

const GREENS = ["e5f5e0", "a1d99b", "31a354", "005a20"].map(rgb);
const SHARES = GREENS.map(css).join();
const [BEFORE, PLACES, SHOWN] = [14, 30, 40];

export class Match {
  /** @param {HTMLElement} box @param {Panel} panel @param {() => Choice} choice @param {Asked} asked @param {{set: (change: any) => void, tell: (text: string) => void, redraw: () => void}} page */
  constructor(box, panel, choice, asked, page) {
    this.box = box;
    this.panel = panel;
    this.choice = choice;
    this.asked = asked;
    this.page = page;
    this.key = "";
    this.drawn = "";
    /** @type {import("./phrases.js").Index | null} */
    this.index = null;
    /** @type {Uint32Array} */
    this.chosen = new Uint32Array(0);
    /** @type {import("./phrases.js").Place[]} */
    this.places = [];
    this.tracks = new Set(panel.header.marks.slice(0, 4).map((/** @type {any} */ one) => one.name));
  }

  /** Whether a unit is on at a step: above the threshold. @param {number} unit @param {number} step */
  on(unit, step) {
    return this.panel.site(this.choice()).value(unit, step) > this.asked.threshold;
  }

  /** Looks anew where what is asked has changed. */
  find() {
    const { panel, asked } = this;
    const site = panel.site(this.choice());
    if (site.tiles.some((tile) => !tile)) return false;
    const key = [this.choice().site, asked.threshold].join();
    if (key !== this.key) {
      this.index = indexOf((unit, step) => this.on(unit, step), site.units, panel.steps);
      this.key = key;
    }
    const index = /** @type {import("./phrases.js").Index} */ (this.index);
    const [first, last] = asked.span;
    const at = (/** @type {number} */ step, /** @type {number} */ k) => index.words[step * index.width + k];
    this.chosen = throughout(index, first, last);
    if (asked.before && first > 0) this.chosen = this.chosen.map((word, k) => word & ~at(first - 1, k));
    if (asked.after && last < panel.steps) this.chosen = this.chosen.map((word, k) => word & ~at(last, k));
    this.size = count(this.chosen);
    this.places = this.size ? placesOf(index, this.chosen, asked.span, panel.header.breaks, PLACES) : [];
    return true;
  }

  /** The share of the chosen units that are on at a step. @param {number} step */
  share(step) {
    if (!this.index || !this.size) return 0;
    let sum = 0;
    for (let k = 0; k < this.chosen.length; k++) sum += count(Uint32Array.of(this.chosen[k] & this.index.words[step * this.index.width + k]));
    return sum / this.size;
  }

  /** The colour of a token: by the unit that is looked at, else by the share. @param {number} step @returns {import("./colors.js").Rgb | null} */
  shade(step) {
    const share = this.share(step);
    return share > 0 ? mix(GREENS, share) : null;
  }

  /** The phrase that is asked for. @param {[number, number]} span */
  take(span) {
    const [first, last] = [Math.max(0, Math.min(...span)), Math.min(this.panel.steps, Math.max(...span))];
    if (first === this.asked.span[0] && last === this.asked.span[1]) return;
    this.asked.span = [first, Math.max(first + 1, last)];
    this.page.redraw();
  }

  /** The first place of a text, from after the phrase on, becomes the phrase. @param {string} text */
  seek(text) {
    const found = search(this.panel.tokens || [], text);
    if (!found.length) return this.page.tell("“" + text + "” is nowhere in the text");
    const [first, last] = found.find(([at]) => at > this.asked.span[0]) || found[0];
    this.take([first, last + 1]);
    return this.page.set({ step: first });
  }

  draw() {
    const state = this.choice();
    const key = JSON.stringify([this.asked, state.site, state.unit, state.palettes, [...this.tracks], this.box.clientWidth]);
    if (this.drawn === key || !this.find()) return;
    this.drawn = key;
    const { panel, asked } = this;
    const text = (/** @type {number} */ first, /** @type {number} */ last) =>
      (panel.tokens || [])
        .slice(first, last)
        .map((one) => glyphs(one))
        .join("");
    const [first, last] = asked.span;
    const said = this.size
      ? this.size + (this.size > 1 ? " units stay" : " unit stays") + " on over “" + text(first, last) + "”, steps " + first + ":" + last
      : "no unit stays on over “" + text(first, last) + "”; take fewer steps, or a lower threshold";
    const head = element("p", "said", said + (this.places.length ? "; below, the other places where most of them do" : ""));
    this.box.replaceChildren(head, this.units(), this.tracksMenu(), this.line(first, last, "the phrase", ""));
    for (const place of this.places) this.box.append(this.line(place.start, place.stop, place.common + " of " + this.size, place.others + " others", place));
    this.page.tell(said);
  }

  /** The units, each a button that colours the text by it alone. */
  units() {
    const names = this.panel.site(this.choice()).header.units;
    const row = element("div", "units");
    const button = (/** @type {string} */ name, /** @type {boolean} */ pressed, /** @type {() => void} */ act) => {
      const made = /** @type {HTMLButtonElement} */ (element("button", "", name));
      made.type = "button";
      made.setAttribute("aria-pressed", String(pressed));
      made.addEventListener("click", act);
      row.append(made);
    };
    const held = members(this.chosen);
    if (held.length) button("all", this.choice().unit < 0, () => this.page.set({ unit: -1 }));
    for (const unit of held.slice(0, SHOWN)) button(glyphs(String(names[unit])), this.choice().unit === unit, () => this.page.set({ unit }));
    if (held.length > SHOWN) row.append("and " + (held.length - SHOWN) + " more");
    return row;
  }

  /** Which of the tracks stand below each place. */
  tracksMenu() {
    const row = element("div", "units tracks");
    for (const { name } of this.panel.header.marks) {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = this.tracks.has(name);
      box.addEventListener("change", () => {
        if (box.checked) this.tracks.add(name);
        else this.tracks.delete(name);
        this.page.redraw();
      });
      const label = element("label");
      label.append(box, " " + glyphs(name));
      row.append(label);
    }
    return row;
  }

  /** One place: its tokens on the share of units, and the tracks below; a click makes it the phrase.
   * @param {number} start @param {number} stop @param {string} common @param {string} others @param {import("./phrases.js").Place} [place]
   */
  line(start, stop, common, others, place) {
    const { panel } = this;
    const length = this.asked.span[1] - this.asked.span[0];
    const after = Math.max(8, Math.min(64, Math.floor((this.box.clientWidth - 240) / 14) - BEFORE - length));
    const [from, to] = [Math.max(0, start - BEFORE), Math.min(panel.steps, start + length + after)];
    const row = element("div", "place");
    const told = element("button", "told", common);
    told.append(element("small", "", others), element("small", "", "step " + start.toLocaleString("en")));
    told.title = place
      ? "Units: " +
        members(place.shared)
          .map((unit) => panel.site(this.choice()).header.units[unit])
          .join(", ")
      : "";
    told.addEventListener("click", () => {
      if (place) this.take([start, start + length]);
      this.page.set({ step: start });
    });
    const grid = element("div", "window");
    grid.style.gridTemplateColumns = "repeat(" + (BEFORE + length + after) + ", auto)";
    const marks = panel.header.marks.filter((/** @type {any} */ one) => this.tracks.has(one.name));
    for (let step = from; step < to; step++) {
      const token = element("span", step >= start && step < stop ? "in" : "", panel.tokens ? glyphs(panel.tokens[step]) : " ");
      token.dataset.t = String(step);
      token.style.gridArea = "1 / " + (step - start + BEFORE + 1);
      const color = this.color(step);
      if (color) [token.style.background, token.style.color] = [css(color), inkOn(color)];
      grid.append(token);
      marks.forEach((/** @type {any} */ mark, /** @type {number} */ i) => {
        const value = panel.track("mark " + mark.name, step);
        const cell = element("i");
        cell.style.gridArea = i + 2 + " / " + (step - start + BEFORE + 1);
        cell.style.opacity = String(Number.isNaN(value) ? 0 : 0.08 + 0.92 * value);
        cell.style.setProperty("--mark", MARKS[i % MARKS.length]);
        cell.title = mark.name + " " + wording(mark.low + value * (mark.high - mark.low));
        grid.append(cell);
      });
    }
    row.append(told, grid);
    if (!place) {
      const names = element("div", "names");
      marks.forEach((/** @type {any} */ mark, /** @type {number} */ i) => {
        const label = element("small", "", glyphs(mark.name));
        label.style.setProperty("--mark", MARKS[i % MARKS.length]);
        names.append(label);
      });
      row.append(names);
    }
    return row;
  }

  /** @param {number} step */
  color(step) {
    const state = this.choice();
    if (state.unit < 0) return this.shade(step);
    const byte = this.panel.site(state).byte(state.unit, step);
    return Number.isNaN(byte) ? null : this.panel.colors(state)[Math.round(byte) + 255];
  }

  show() {}
}

const MARKS = ["#d55e00", "#0072b2", "#9467bd", "#b58900", "#009e73", "#cc79a7"];

/** @param {string} name @param {string} [className] @param {string} [text] */
function element(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The controls of a match. @param {Match} match @param {(label: string, hint: string, use: (text: string) => void) => HTMLInputElement} field @param {(name: string, title: string, act: () => void) => HTMLElement} button */
function matchControls(match, field, button) {
  const { asked } = match;
  const phrase = field("phrase", "in the text", () => {});
  phrase.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !phrase.value) return;
    event.preventDefault();
    match.seek(phrase.value);
  });
  if (!match.panel.sites.every((site) => site.header.binary)) {
    const limit = field("threshold", "0", (text) => {
      const value = Number(text.replace("−", "-"));
      if (text.trim() === "" || Number.isNaN(value)) return match.page.tell("a threshold is a number, not " + text);
      asked.threshold = value;
      return match.page.redraw();
    });
    limit.value = String(asked.threshold);
  }
  for (const [name, which, title] of /** @type {[string, "before" | "after", string][]} */ ([
    ["off before", "before", "Only units that are off at the step before the phrase"],
    ["off after", "after", "Only units that are off at the step after the phrase"],
  ])) {
    const box = button(name, title, () => {
      asked[which] = !asked[which];
      box.setAttribute("aria-pressed", String(asked[which]));
      match.page.redraw();
    });
    box.setAttribute("aria-pressed", String(asked[which]));
  }
}

/** Choosing a phrase in the text: by dragging over it, or by arrow keys, with Shift to make it longer. @param {HTMLElement} box @param {Match} match */
function choosePhrase(box, match) {
  let anchor = -1;
  const stepOf = (/** @type {Event} */ event) => Number(/** @type {HTMLElement} */ (event.target).dataset?.t ?? -1);
  box.addEventListener("pointerdown", (event) => {
    anchor = stepOf(event);
    if (anchor < 0) return;
    event.preventDefault();
    box.focus({ preventScroll: true });
    const [first] = match.asked.span;
    match.take(event.shiftKey ? [Math.min(first, anchor), Math.max(first, anchor) + 1] : [anchor, anchor + 1]);
  });
  box.addEventListener("pointerover", (event) => {
    const at = stepOf(event);
    if (anchor >= 0 && at >= 0 && event.buttons) match.take([Math.min(anchor, at), Math.max(anchor, at) + 1]);
  });
  addEventListener("pointerup", () => (anchor = -1));
  box.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const [first, last] = match.asked.span;
    match.take(event.shiftKey ? [first, Math.max(first + 1, last + way)] : [first + way, last + way]);
    match.page.set({ step: match.asked.span[0] });
  });
}

KINDS.match = (page) => {
  const { header } = page;
  const panel = page.panels[0];
  const box = element("div", "matches");
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Other places where the units are on");
  const match = new Match(box, panel, page.choice, header.asked, page);
  page.views.push(match);
  return {
    /** @param {HTMLElement} section @param {Panel} _ @param {import("./text.js").Text} text */
    section: (section, _, text) => {
      section.append(box);
      text.shade = (step) => match.shade(step);
      text.span = () => match.asked.span;
      choosePhrase(text.box, match);
    },
    /** @param {any} field @param {any} button */
    controls: (field, button) => matchControls(match, field, button),
    /** @param {HTMLElement} swatch @param {any[]} parts */
    legend: (swatch, parts) => {
      if (page.choice().unit >= 0) return;
      swatch.style.background = "linear-gradient(90deg," + SHARES + ")";
      parts.splice(0, 3, "share of the units that are on: few ", swatch, " all");
    },
    address: () => "span=" + match.asked.span.join("-"),
    /** @param {URLSearchParams} asked */
    follow: (asked) => {
      const span = /^(\d+)-(\d+)$/.exec(asked.get("span") ?? "");
      if (span) match.take([Math.min(panel.steps - 1, Number(span[1])), Number(span[2])]);
    },
  };
};
