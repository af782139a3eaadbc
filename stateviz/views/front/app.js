// A page put together: what is chosen, the controls, and the views that show it.
import { readJson } from "./blocks.js";
import { css, wording } from "./colors.js";
import { embed } from "./embed.js";
import { KINDS, PANELS } from "./panel.js";
import { Heatmap } from "./plot.js";
import { Predictions } from "./predictions.js";
import { Text } from "./text.js";
import { glyphs, search } from "./tokens.js";
import { Trace } from "./trace.js";
import { svgOf } from "./vector.js";

/** @typedef {import("./panel.js").Panel} Panel */

/** @param {string} name @param {Record<string, any>} [parts] @param {(Node | string)[]} [inside] */
function make(name, parts = {}, inside = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(parts)) {
    if (key in element) /** @type {any} */ (element)[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...inside);
  return element;
}

/** @param {any} header */
export function start(header) {
  /** @type {import("./panel.js").Choice} */
  const state = {
    unit: ["heatmap", "growth"].includes(header.kind) && header.units[0] ? header.units[0] : -1,
    units: ["heatmap", "match", "growth"].includes(header.kind) ? [] : header.units,
    step: -1,
    site: 0,
    order: 0,
    palettes: {},
    folded: [],
    query: "",
  };
  for (const [scale, named] of Object.entries(header.palettes)) state.palettes[scale] = Object.keys(/** @type {object} */ (named))[0];
  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      views.forEach((view) => view.draw());
      if (special.draw) special.draw();
      legend();
      report();
    });
  };
  /** @type {any[]} */
  const views = [];
  const choice = () => state;
  const status = make("output", { className: "status", ariaLive: "polite" });
  const tell = (/** @type {string} */ text) => (status.textContent = text);
  const main = make("main");
  const notice = make("p", { className: "notice", role: "status" });
  const bar = make("div", { className: "bar", role: "toolbar", ariaLabel: "What is shown" });
  const head = make("header", {}, [make("h1", { textContent: header.title }), make("p", { textContent: header.note }), notice, bar]);
  document.body.append(head, main, status);

  /** What was told while some of it had not come yet. */
  let unsure = "";
  const describe = () => {
    const text = sentence(panels[0], state);
    unsure = text.includes("NaN") ? text : "";
    tell(text);
  };

  /** Changes what is chosen, tells it, links to it, draws it. @param {Partial<typeof state>} change */
  const set = (change) => {
    Object.assign(state, change);
    const shown = panels[0];
    if (change.step !== undefined && state.step >= 0) views.forEach((view) => view.show(state.step, state.unit));
    else if (change.unit !== undefined) views.forEach((view) => view instanceof Heatmap && view.show(-1, state.unit));
    if ((change.unit !== undefined || change.step !== undefined) && state.step >= 0) describe();
    else if (change.unit !== undefined && state.unit >= 0) tell(shown.nameOf(state, state.unit) + " of " + shown.site(state).header.name + " colours the text");
    address(state);
    sync();
    redraw();
  };

  const panels = header.panels.map((/** @type {any} */ one) => new PANELS[header.store ? "folder" : "page"](one, header.palettes, () => arrived()));
  for (const panel of panels) panel.listen((/** @type {string} */ text) => (notice.textContent = text));
  let laid = false;
  const arrived = () => {
    if (unsure && unsure === status.textContent) describe();
    if (!laid && panels.every((/** @type {Panel} */ panel) => panel.known)) {
      laid = true;
      layout();
      if (special.arrived) special.arrived();
      follows();
    }
    redraw();
  };

  /** @type {HTMLElement[]} */
  const sections = [];
  /** What this kind of view has beside the states and the text; of most, nothing. @type {any} */
  const special = KINDS[header.kind] ? KINDS[header.kind]({ header, panels, views, sections, choice, set, tell, redraw, layout, bar, main }) : {};
  for (const panel of panels) {
    const box = make("section", { ariaLabel: panel.header.name || header.title });
    if (panels.length > 1) box.append(make("h2", { textContent: panel.header.name }));
    main.append(box);
    sections.push(box);
    if (header.kind === "heatmap" || header.kind === "growth" || header.kind === "trace")
      views.push(canvasView(header.kind === "trace" ? "trace" : "heatmap", box, panel));
    if (header.kind !== "predictions" && panel.header.tokens) {
      const text = make("div", { className: "text " + header.kind, tabIndex: 0, role: "group", ariaLabel: "The text, coloured by a unit" });
      box.append(text);
      const colored = new Text(text, panel, choice, (step) => set({ step }));
      views.push(colored);
      if (special.section) special.section(box, panel, colored);
    }
    if (header.kind === "predictions") {
      const table = make("div", { className: "text predictions", tabIndex: 0, role: "group", ariaLabel: "Guesses under each character" });
      box.append(table);
      views.push(new Predictions(table, panel, choice, (step) => set({ step })));
    }
  }

  /** @param {string} kind @param {HTMLElement} box @param {Panel} panel */
  function canvasView(kind, box, panel) {
    const what = kind === "heatmap" ? "Heatmap of states; arrow keys move the choice, plus and minus zoom, 0 shows all" : "Traces of units";
    const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { className: kind, tabIndex: 0, role: "application", ariaLabel: what }));
    box.append(canvas);
    const view = kind === "heatmap" ? new Heatmap(canvas, panel, choice) : new Trace(canvas, panel, choice);
    listen(canvas, view, panel);
    return view;
  }

  /** @param {HTMLCanvasElement} canvas @param {any} view @param {Panel} panel */
  function listen(canvas, view, panel) {
    /** @type {{x: number, y: number, moved: boolean} | null} */
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.offsetX, y: event.offsetY, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const cell = view.at(event.offsetX, event.offsetY);
      if (held) {
        const [dx, dy] = [event.offsetX - held.x, event.offsetY - held.y];
        if (!held.moved && Math.hypot(dx, dy) < 4) return;
        held = { x: event.offsetX, y: event.offsetY, moved: true };
        view.pan(dx, dy);
        redraw();
      } else if (cell) tell(view.tell(cell.row, cell.step));
    });
    canvas.addEventListener("pointerup", (event) => {
      const cell = held && !held.moved && view.at(event.offsetX, event.offsetY);
      held = null;
      if (!cell) return;
      const unit = view instanceof Heatmap ? panel.rows(state)[cell.row].units[0] : state.unit;
      set(view instanceof Heatmap ? { step: cell.step, unit, units: [] } : { step: cell.step });
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        if (event.shiftKey) view.pan(-event.deltaY || -event.deltaX, 0);
        else view.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), event.offsetX, event.offsetY, !event.altKey);
        redraw();
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => key(event, canvas, view, panel));
  }

  /** @param {KeyboardEvent} event @param {HTMLCanvasElement} canvas @param {any} view @param {Panel} panel */
  function key(event, canvas, view, panel) {
    const rows = panel.rows(state);
    const place = Math.max(
      0,
      rows.findIndex((row) => row.units.includes(state.unit)),
    );
    const move = (/** @type {number} */ dx, /** @type {number} */ dy) => {
      const row = rows[Math.min(rows.length - 1, Math.max(0, place + dy))];
      const unit = state.unit < 0 ? rows[0].units[0] : row.units[0];
      set({ step: Math.min(panel.steps - 1, Math.max(0, state.step + dx)), unit: view instanceof Heatmap ? unit : state.unit });
    };
    const jump = event.shiftKey ? 10 : 1;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => move(-jump, 0),
      ArrowRight: () => move(jump, 0),
      ArrowUp: () => move(0, -jump),
      ArrowDown: () => move(0, jump),
      "+": () => view.zoom(0.7, canvas.clientWidth / 2, canvas.clientHeight / 2),
      "-": () => view.zoom(1 / 0.7, canvas.clientWidth / 2, canvas.clientHeight / 2),
      0: () => view.reset(),
      Escape: () => set({ step: -1, unit: -1 }),
    };
    const act = keys[event.key === "=" ? "+" : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
    redraw();
  }

  // The controls; those that could do nothing are not there.
  const first = panels[0];
  /** @param {string} label @param {string[]} names @param {() => number} now @param {(at: number) => void} use */
  const select = (label, names, now, use) => {
    const box = /** @type {HTMLSelectElement} */ (make("select"));
    names.forEach((name, i) => box.append(new Option(name, String(i))));
    box.addEventListener("change", () => use(Number(box.value)));
    const whole = make("label", {}, [label + " ", box]);
    bar.append(whole);
    follow.push(() => (box.value = String(now())));
    return whole;
  };
  /** @type {(() => void)[]} */
  const follow = [];
  const sync = () => follow.forEach((one) => one());
  /** @param {string} name @param {string} title @param {() => void} act */
  const button = (name, title, act) => {
    const box = make("button", { type: "button", textContent: name, title });
    box.addEventListener("click", act);
    bar.append(box);
    return box;
  };
  if (first.sites.length > 1)
    select(
      "site",
      first.sites.map((/** @type {any} */ s) => s.header.name),
      () => state.site,
      (site) => set({ site, unit: -1, units: [] }),
    );
  if (header.kind === "heatmap" || (header.kind === "growth" && header.growth.mode !== "order")) {
    const names = first.orders.map((/** @type {any} */ o) => o.name);
    select(
      "order",
      [...names, "by likeness to the chosen unit"],
      () => (state.order < 0 ? names.length : state.order),
      (at) => {
        if (at < names.length) set({ order: at, folded: [] });
        else set({ order: -1, folded: [], unit: Math.max(0, state.unit) });
      },
    );
  }
  const scale = () => first.site(state).header.scale;
  for (const [kind, named] of Object.entries(header.palettes)) {
    const names = Object.keys(/** @type {object} */ (named));
    if (names.length < 2) continue;
    const box = select(
      "palette",
      names,
      () => names.indexOf(state.palettes[kind]),
      (at) => set({ palettes: { ...state.palettes, [kind]: names[at] } }),
    );
    follow.push(() => (box.hidden = scale() !== kind));
  }
  const field = (/** @type {string} */ label, /** @type {string} */ hint, /** @type {(text: string) => void} */ use) => {
    const box = /** @type {HTMLInputElement} */ (make("input", { type: "text", placeholder: hint, spellcheck: false }));
    box.addEventListener("change", () => use(box.value));
    bar.append(make("label", {}, [label + " ", box]));
    return box;
  };
  if (special.controls) special.controls(field, button);
  const unitsField = field("units", "such as 7, 12", (words) => {
    const names = words.split(/[\s,]+/).filter(Boolean);
    const known = first.site(state).header.units.map(String);
    const missing = names.find((name) => !known.includes(name));
    if (missing !== undefined) tell("no unit " + missing + " in " + first.site(state).header.name);
    else set({ units: names.map((name) => known.indexOf(name)), unit: names.length ? known.indexOf(names[0]) : state.unit });
  });
  if (header.kind === "match") /** @type {HTMLElement} */ (unitsField.parentElement).hidden = true;
  follow.push(() => {
    if (document.activeElement !== unitsField) unitsField.value = state.units.map((unit) => first.site(state).header.units[unit]).join(", ");
  });
  if (first.header.tokens) {
    let at = -1;
    /** @type {[number, number][]} */
    let found = [];
    const box = field("search", "in the text", () => {});
    const mark = (/** @type {[number, number][]} */ places) => views.forEach((view) => view instanceof Heatmap && (view.marks = places));
    const next = () => {
      if (first.far) return first.seek(box.value, state.step, tell, mark, set);
      if (box.value !== state.query) {
        state.query = box.value;
        found = search(first.tokens || [], state.query);
        at = -1;
        mark(found);
      }
      if (!found.length) {
        redraw();
        return tell(state.query ? "“" + state.query + "” is nowhere in the text" : "");
      }
      at = (at + 1) % found.length;
      set({ step: found[at][0] });
      return tell("place " + (at + 1) + " of " + found.length + ", step " + found[at][0].toLocaleString("en"));
    };
    box.type = "search";
    box.addEventListener("keydown", (event) => event.key === "Enter" && next());
    box.addEventListener("search", () => box.value === "" && next());
  }
  if (header.kind === "heatmap") {
    const groups = () => Math.max(0, first.order(state).breaks.length);
    const fold = button("fold groups", "One row for each group of the order, its mean", () => {
      set({ folded: state.folded.length ? [] : Array.from({ length: groups() + 1 }, (_, i) => i) });
    });
    follow.push(() => {
      fold.hidden = groups() === 0;
      fold.setAttribute("aria-pressed", String(state.folded.length > 0));
    });
    button("PNG", "Save what is seen as a picture", () => views[0].canvas.toBlob((/** @type {Blob} */ blob) => save(blob, "png")));
    button("SVG", "Save the states that are seen as shapes", () => save(new Blob([svgOf(views[0], header.title)], { type: "image/svg+xml" }), "svg"));
  }
  if (header.kind === "trace") {
    const box = button("changes", "Draw the change since the step before", () => {
      views[0].changes = !views[0].changes;
      box.setAttribute("aria-pressed", String(views[0].changes));
      redraw();
    });
    const limit = field("threshold", "none", (text) => {
      views[0].threshold = text.trim() === "" ? NaN : Number(text.replace("−", "-"));
      if (text.trim() !== "" && Number.isNaN(views[0].threshold)) tell("a threshold is a number, not " + text);
      redraw();
    });
    if (header.threshold !== null) {
      limit.value = String(header.threshold);
      views[0].threshold = header.threshold;
    }
  }
  if (header.kind === "text" && !first.far) {
    const text = /** @type {Text} */ (views[0]);
    select(
      "form",
      ["flowing", "condensed", "one cell each"],
      () => ["flow", "condensed", "grid"].indexOf(text.form),
      (at) => {
        views.forEach((view) => (view.form = ["flow", "condensed", "grid"][at]));
        layout();
      },
    );
  }
  if (first.far && header.kind === "heatmap") first.offer(select, panels, state, redraw);
  if (["heatmap", "trace", "growth"].includes(header.kind)) {
    button("show all", "Zoom out to everything (0)", () => {
      views.forEach((view) => view.reset && view.reset());
      redraw();
    });
  }
  const key_ = make("span", { className: "legend" });
  bar.append(key_);

  function legend() {
    const site = first.site(state);
    const colors = first.colors(state);
    const [low, high] = site.header.binary ? [site.header.off, 1] : site.header.limits;
    const stops = Array.from({ length: 9 }, (_, i) => {
      const value = low + ((high - low) * i) / 8;
      const byte = site.header.binary ? (i < 4.5 ? 0 : 255) : (((value - site.header.low) / site.header.step) * 255) / (site.header.levels - 1);
      return css(colors[Math.round(Math.min(510, Math.max(-255, byte))) + 255]);
    });
    const ramp = site.header.binary ? "linear-gradient(90deg," + stops[0] + " 50%," + stops[8] + " 50%)" : "linear-gradient(90deg," + stops.join() + ")";
    const swatch = make("i");
    swatch.style.background = ramp;
    const parts = [wording(low), swatch, wording(high)];
    const map = views.find((view) => view instanceof Heatmap);
    const many = map ? map.stepsAPixel() : 0;
    if (many > 1.5)
      parts.push(
        site.header.binary && (site.summary || "mean") === "mean"
          ? " · share of on in " + Math.round(many).toLocaleString("en") + " steps a pixel"
          : " · " + (site.summary || "mean") + " of " + Math.round(many).toLocaleString("en") + " steps a pixel",
      );
    if (special.legend) special.legend(swatch, parts);
    if (header.kind === "trace") {
      views[0].units().forEach((/** @type {number} */ unit, /** @type {number} */ i) => {
        const line = make("i", { className: "stroke" });
        line.style.background = Trace.color(i);
        parts.push(" ", line, first.nameOf(state, unit));
      });
      parts.splice(0, 3);
    }
    if (site.header.beyond) parts.push(" · what lies beyond has the end colours");
    if (header.kind === "predictions") parts.push(" · probability of a guess: white 0, dark red 1 · bars: surprisal, 2 px a bit");
    key_.replaceChildren(...parts);
  }

  function layout() {
    if (!laid) return;
    views.forEach((view) => view.layout && view.layout());
    if (state.step >= 0) views.forEach((view) => view.show(state.step, state.unit));
    redraw();
  }

  /** @param {Blob} blob @param {string} ending */
  function save(blob, ending) {
    const link = /** @type {HTMLAnchorElement} */ (make("a", { href: URL.createObjectURL(blob), download: "states." + ending }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    tell("saved states." + ending);
  }

  const follows = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    const site = first.site(state).header;
    const unit = site.units.map(String).indexOf(asked.get("unit") ?? "");
    const step = Number(asked.get("step") ?? -1);
    if (special.follow) special.follow(asked);
    if (unit >= 0) state.unit = unit;
    if (Number.isInteger(step) && step >= 0 && step < first.steps) set({ step });
    else if (unit >= 0) set({ unit });
  };
  /** @param {typeof state} now */
  function address(now) {
    const parts = [];
    if (now.unit >= 0) parts.push("unit=" + encodeURIComponent(String(first.site(now).header.units[now.unit])));
    if (now.step >= 0) parts.push("step=" + now.step);
    if (special.address) parts.push(special.address());
    try {
      history.replaceState(null, "", "#" + parts.join("&"));
    } catch {
      // a page within another has no address of its own
    }
  }
  const report = embed(state, panels, views, set);
  addEventListener("hashchange", follows);
  new ResizeObserver(layout).observe(main);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  sync();
  if (header.kind === "heatmap" && first.header.tokens && state.unit < 0)
    tell(first.nameOf(state, 0) + " colours the text; click a unit, or move by arrow keys");
  return { special, state, views, panels, set, ready: Promise.all(panels.map((/** @type {Panel} */ panel) => panel.ready)) };
}

/** What is known of the chosen unit and step. @param {Panel} panel @param {import("./panel.js").Choice} state */
function sentence(panel, state) {
  const site = panel.site(state);
  const parts = ["step " + state.step.toLocaleString("en") + (panel.tokens ? " ‘" + glyphs(panel.tokens[state.step], true) + "’" : "")];
  if (state.unit >= 0) parts.push(panel.nameOf(state, state.unit) + " " + wording(site.value(state.unit, state.step, panel.signOf(state, state.unit))));
  if (panel.tracks.surprisal && !Number.isNaN(panel.track("surprisal", state.step))) parts.push(panel.track("surprisal", state.step).toFixed(2) + " bits");
  if (panel.header.guesses) {
    const guesses = panel.guesses(state.step).map(([guess, share]) => glyphs(guess, true) + " " + Math.round(share * 100) + "%");
    parts.push("next: " + guesses.join(", "));
  }
  return parts.join(" · ");
}

export const boot = () => readJson("header").then((header) => Object.assign(window, { stateviz: start(header) }));
