// Under each character the likeliest guesses for it, white to dark red by probability; above it how surprising it was.
import { css, inkOn, mix, rgb } from "./colors.js";
import { Lines } from "./lines.js";
import { glyphs } from "./tokens.js";

const REDS = ["ffffff", "fddbc7", "f4a582", "d6604d", "b2182b", "67001f"].map(rgb);
const CELL = 30;

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./panel.js").Choice} Choice */

export class Predictions {
  /** @param {HTMLElement} box @param {Panel} panel @param {() => Choice} choice @param {(step: number) => void} chosen */
  constructor(box, panel, choice, chosen) {
    this.box = box;
    this.panel = panel;
    this.choice = choice;
    this.lines = new Lines(box, (line) => this.line(line));
    /** @type {Int32Array} */
    this.starts = new Int32Array(2);
    box.addEventListener("click", (event) => {
      const column = /** @type {HTMLElement} */ (event.target).closest("[data-t]");
      if (column) chosen(Number(/** @type {HTMLElement} */ (column).dataset.t));
    });
  }

  layout() {
    const across = Math.max(1, Math.floor((this.box.clientWidth - 84) / CELL));
    const { steps } = this.panel;
    this.starts = Int32Array.from({ length: Math.ceil(steps / across) + 1 }, (_, line) => Math.min(steps, line * across));
    this.lines.set(this.starts.length - 1, 24 + 26 + this.panel.header.guesses * 20 + 18);
  }

  /** @param {number} line */
  line(line) {
    const { panel } = this;
    const block = document.createElement("div");
    block.className = "guesses";
    const label = document.createElement("span");
    label.className = "gutter";
    label.textContent = this.starts[line].toLocaleString("en");
    block.append(label);
    for (let step = this.starts[line]; step < this.starts[line + 1]; step++) block.append(this.column(step));
    return block;
  }

  /** The guesses for the token of a step were made at the step before. @param {number} step */
  column(step) {
    const { panel } = this;
    const choice = this.choice();
    const site = panel.site(choice);
    const column = document.createElement("div");
    column.dataset.t = String(step);
    column.className = step === choice.step ? "at" : "";
    const surprise = panel.tracks.surprisal ? panel.track("surprisal", step) : NaN;
    const bar = document.createElement("i");
    bar.style.setProperty("--bits", Math.min(22, (surprise || 0) * 2) + "px");
    bar.title = Number.isNaN(surprise) ? "" : surprise.toFixed(2) + " bits";
    column.append(bar);
    const token = /** @type {string[]} */ (panel.tokens)[step];
    const head = document.createElement("b");
    head.textContent = glyphs(token, true);
    const unit = Math.max(0, choice.units.length ? choice.units[0] : choice.unit);
    const byte = site.byte(unit, step);
    if (!Number.isNaN(byte)) {
      const color = panel.colors(choice)[Math.round(panel.signOf(choice, unit) > 0 ? byte : 2 * site.zero - byte) + 255];
      head.style.background = css(color);
      head.style.color = inkOn(color);
    }
    column.append(head);
    const fresh = step === 0 || panel.header.breaks.includes(step);
    for (const [guess, share] of fresh ? [] : panel.guesses(step - 1)) {
      const cell = document.createElement("span");
      const color = mix(REDS, Number.isNaN(share) ? 0 : share);
      cell.textContent = glyphs(guess, true);
      cell.style.background = css(color);
      cell.style.color = inkOn(color);
      cell.className = guess === token ? "right" : "";
      cell.title = Math.round(share * 1000) / 10 + " %";
      column.append(cell);
    }
    return column;
  }

  draw() {
    this.lines.clear();
  }

  /** @param {number} step */
  show(step) {
    this.lines.show(Math.floor(step / Math.max(1, this.starts[1] - this.starts[0])));
  }

  /** @param {number} step */
  tell(step) {
    const { panel } = this;
    const token = glyphs(/** @type {string[]} */ (panel.tokens)[step], true);
    const fresh = step === 0 || panel.header.breaks.includes(step);
    const list = fresh
      ? "nothing was predicted"
      : panel
          .guesses(step - 1)
          .map(([guess, share]) => glyphs(guess, true) + " " + Math.round(share * 100) + "%")
          .join(", ");
    return "step " + step.toLocaleString("en") + " ‘" + token + "’ · guesses " + list;
  }
}
