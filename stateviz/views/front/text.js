// The text, each token on the colour of one unit at its step; several units stand in lines of their own.
import { css, inkOn } from "./colors.js";
import { Lines } from "./lines.js";
import { breakLines, evenLines, glyphs, spoken } from "./tokens.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./panel.js").Choice} Choice */

/** The width of tokens in pixels, each measured once. @param {HTMLElement} box */
export function measurer(box) {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  pen.font = getComputedStyle(box).font;
  /** @type {Map<string, number>} */
  const known = new Map();
  return (/** @type {string} */ token) => {
    let size = known.get(token);
    if (size === undefined) {
      size = Math.ceil(pen.measureText(glyphs(token)).width * 100) / 100;
      known.set(token, size);
    }
    return size;
  };
}

export class Text {
  /** @param {HTMLElement} box @param {Panel} panel @param {() => Choice} choice @param {(step: number) => void} chosen */
  constructor(box, panel, choice, chosen) {
    this.box = box;
    this.panel = panel;
    this.choice = choice;
    this.form = "flow";
    /** Colours tokens in place of a unit, where there is such a rule. @type {((step: number) => import("./colors.js").Rgb | null) | null} */
    this.shade = null;
    /** Steps that are outlined, first and the one after the last. @type {() => [number, number]} */
    this.span = () => [0, 0];
    /** Steps from here on have not come yet. */
    this.until = Infinity;
    /** @type {Int32Array} */
    this.starts = new Int32Array(2);
    this.lines = new Lines(box, (line) => this.line(line));
    box.addEventListener("click", (event) => {
      const at = /** @type {HTMLElement} */ (event.target).dataset.t;
      if (at !== undefined) chosen(Number(at));
    });
  }

  /** The units that colour the text, in their order. */
  units() {
    const { units, unit } = this.choice();
    return units.length ? units : [Math.max(0, unit)];
  }

  /** Breaks the text into lines anew: after a change of width, of form or of the number of units. */
  layout() {
    const { tokens } = this.panel;
    if (!tokens || !this.box.clientWidth) return;
    // Where a text is fetched piece by piece its lines are of one number of tokens, so that any place is found at once.
    if (this.panel.far) this.form = "grid";
    this.box.dataset.form = this.form;
    const font = parseFloat(getComputedStyle(this.box).fontSize);
    const measure = measurer(this.box);
    const cell = Math.ceil(font * 1.25);
    const width = this.box.clientWidth - 84;
    this.starts = this.panel.far ? evenLines(tokens.length, Math.floor(width / cell)) : breakLines(tokens, this.form === "grid" ? () => cell : measure, width);
    const each = Math.ceil(font * (this.form === "condensed" ? 1.2 : 1.55));
    this.each = each;
    this.box.style.setProperty("--cell", cell + "px");
    this.box.style.setProperty("--line", each + "px");
    this.lines.set(this.starts.length - 1, each * this.units().length + (this.units().length > 1 ? 8 : 0));
  }

  /** @param {number} line */
  line(line) {
    const { panel } = this;
    const choice = this.choice();
    const site = panel.site(choice);
    const colors = panel.colors(choice);
    const block = document.createElement("div");
    block.className = "block";
    const [first, last] = [this.starts[line], this.starts[line + 1]];
    for (const unit of this.units()) {
      const row = document.createElement("div");
      row.className = "line";
      const label = document.createElement("span");
      label.className = "gutter";
      label.textContent = this.units().length > 1 ? String(site.header.units[unit]).slice(0, 9) : first.toLocaleString("en");
      row.append(label);
      const sign = panel.signOf(choice, unit);
      for (let step = first; step < last; step++) {
        const token = document.createElement("span");
        const byte = site.byte(unit, step);
        token.textContent = glyphs(/** @type {string[]} */ (panel.tokens)[step]);
        token.dataset.t = String(step);
        const own = choice.unit < 0 ? this.shade : null;
        const color = own ? own(step) : Number.isNaN(byte) ? null : colors[Math.round(sign > 0 ? byte : 2 * site.zero - byte) + 255];
        if (step >= this.until) token.className = "later";
        else if (color) {
          token.style.background = css(color);
          token.style.color = inkOn(color);
        }
        const [from, to] = this.span();
        if (step >= from && step < to) token.className = "in";
        else if (step === choice.step) token.className = "at";
        row.append(token);
      }
      block.append(row);
    }
    return block;
  }

  /** The line that holds a step. @param {number} step */
  lineOf(step) {
    let [low, high] = [0, this.starts.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  draw() {
    this.lines.clear();
  }

  /** @param {number} step */
  show(step) {
    this.lines.show(this.lineOf(step));
  }

  /** @param {number} step */
  tell(step) {
    const choice = this.choice();
    const site = this.panel.site(choice);
    const token = spoken(/** @type {string[]} */ (this.panel.tokens)[step]);
    return "step " + step.toLocaleString("en") + ", " + token + ", " + this.panel.nameOf(choice, this.units()[0]) + " of " + site.header.name;
  }
}
