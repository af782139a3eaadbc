// Units as lines over the steps: their values or their changes, and where they pass a threshold.
import { wording } from "./colors.js";
import { glyphs } from "./tokens.js";

// Told apart with every kind of colour vision, and on light and dark (Okabe & Ito 2008, darkened or lightened).
const LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56a0d3"];
const AXIS = 58;
const FOOT = 26;

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./panel.js").Choice} Choice */

export class Trace {
  /** @param {HTMLCanvasElement} canvas @param {Panel} panel @param {() => Choice} choice */
  constructor(canvas, panel, choice) {
    this.canvas = canvas;
    this.panel = panel;
    this.choice = choice;
    this.view = { x: 0, w: Math.min(panel.steps, 400) };
    this.changes = false;
    this.threshold = NaN;
  }

  units() {
    const { units, unit } = this.choice();
    return units.length ? units : [Math.max(0, unit)];
  }

  clamp() {
    const { view, panel } = this;
    // Changes, and what lies above a threshold, are read step by step.
    const most = panel.far && (this.changes || !Number.isNaN(this.threshold)) ? 20000 : Infinity;
    view.w = Math.min(panel.steps, most, Math.max(Math.min(8, panel.steps), view.w));
    view.x = Math.min(panel.steps - view.w, Math.max(0, view.x));
  }

  reset() {
    this.view = { x: 0, w: this.panel.steps };
  }

  /** @param {number} factor @param {number} px */
  zoom(factor, px) {
    const share = Math.min(1, Math.max(0, (px - AXIS) / (this.canvas.clientWidth - AXIS - 8)));
    const middle = this.view.x + share * this.view.w;
    this.view.w *= factor;
    this.clamp();
    this.view.x = middle - share * this.view.w;
    this.clamp();
  }

  /** @param {number} dx */
  pan(dx) {
    this.view.x -= (dx / (this.canvas.clientWidth - AXIS - 8)) * this.view.w;
    this.clamp();
  }

  /** @param {number} step */
  show(step) {
    if (step >= 0 && (step < this.view.x || step >= this.view.x + this.view.w)) this.view.x = step - this.view.w / 2;
    this.clamp();
  }

  /** @param {number} px */
  at(px) {
    const step = Math.floor(this.view.x + ((px - AXIS) / (this.canvas.clientWidth - AXIS - 8)) * this.view.w);
    return px >= AXIS && step >= 0 && step < this.panel.steps ? { row: 0, step } : null;
  }

  /** What is drawn of a unit at a step: its value, or its change since the step before. @param {number} unit @param {number} step */
  value(unit, step) {
    const choice = this.choice();
    const site = this.panel.site(choice);
    const sign = this.panel.signOf(choice, unit);
    const value = site.value(unit, step, sign);
    if (!this.changes) return value;
    return step === 0 || this.panel.header.breaks.includes(step) ? NaN : value - site.value(unit, step - 1, sign);
  }

  draw() {
    const { canvas, panel, view } = this;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    this.clamp();
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(canvas);
    const muted = style.getPropertyValue("--muted");
    pen.font = "11px " + style.getPropertyValue("--sans");
    const { header } = panel.site(this.choice());
    let [low, high] = header.binary ? [header.off, 1] : header.limits;
    if (this.changes) [low, high] = [low - high, high - low];
    const pad = (high - low) * 0.06;
    const across = width - AXIS - 8;
    const down = height - FOOT - 12;
    const yOf = (/** @type {number} */ value) => 12 + ((high + pad - value) / (high - low + 2 * pad)) * down;
    const xOf = (/** @type {number} */ step) => AXIS + ((step - view.x) / view.w) * across;
    pen.strokeStyle = style.getPropertyValue("--line-color");
    pen.fillStyle = muted;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const value of [low, (low + high) / 2, high]) {
      pen.beginPath();
      pen.moveTo(AXIS, yOf(value));
      pen.lineTo(AXIS + across, yOf(value));
      pen.stroke();
      pen.fillText(wording(value), AXIS - 6, yOf(value));
    }
    const [first, last] = [Math.floor(view.x), Math.min(panel.steps, Math.ceil(view.x + view.w))];
    if (!Number.isNaN(this.threshold)) this.drawThreshold(pen, xOf, yOf, first, last, style.color);
    pen.save();
    pen.beginPath();
    pen.rect(AXIS, 0, across, height);
    pen.clip();
    this.units().forEach((unit, i) => this.drawLine(pen, xOf, yOf, unit, LINES[i % LINES.length], first, last, across));
    pen.restore();
    this.drawSteps(pen, xOf, height - FOOT + 12, first, last, across / view.w, muted);
    const { step } = this.choice();
    if (step >= 0) {
      pen.strokeStyle = style.color;
      pen.strokeRect(xOf(step), 10, Math.max(1, across / view.w), down + 4);
    }
  }

  /** One unit; where many steps share a pixel, from its least to its largest value there.
   * @param {CanvasRenderingContext2D} pen @param {(s: number) => number} xOf @param {(v: number) => number} yOf @param {number} unit
   * @param {string} color @param {number} first @param {number} last @param {number} across
   */
  drawLine(pen, xOf, yOf, unit, color, first, last, across) {
    pen.strokeStyle = color;
    pen.lineWidth = 1.6;
    pen.beginPath();
    const each = Math.max(1, Math.floor((last - first) / across));
    let joined = false;
    for (let step = first; step < last; step += each) {
      const [low, high] = this.extremes(unit, step, Math.min(last, step + each));
      if (low > high) joined = false;
      else {
        const x = xOf(step + 0.5);
        if (joined) pen.lineTo(x, yOf(high));
        else pen.moveTo(x, yOf(high));
        pen.lineTo(x, yOf(low));
        joined = true;
      }
    }
    pen.stroke();
  }

  /** The least and the largest of what is drawn of a unit over some steps. @param {number} unit @param {number} first @param {number} last */
  extremes(unit, first, last) {
    const choice = this.choice();
    const known = this.changes || last - first < 2 ? undefined : this.panel.site(choice).extremes(unit, first, last, this.panel.signOf(choice, unit));
    if (known !== undefined) return known || [Infinity, -Infinity];
    let [low, high] = [Infinity, -Infinity];
    for (let at = first; at < last; at++) {
      const value = this.value(unit, at);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  /** The line of the threshold, and below the axis the steps at which the first unit lies above it.
   * @param {CanvasRenderingContext2D} pen @param {(s: number) => number} xOf @param {(v: number) => number} yOf @param {number} first @param {number} last @param {string} ink
   */
  drawThreshold(pen, xOf, yOf, first, last, ink) {
    pen.save();
    pen.strokeStyle = ink;
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(AXIS, yOf(this.threshold));
    pen.lineTo(xOf(last), yOf(this.threshold));
    pen.stroke();
    pen.restore();
    pen.fillStyle = LINES[0];
    const foot = this.canvas.clientHeight - FOOT - 1;
    for (let step = first; step < last; step++) {
      if (this.value(this.units()[0], step) > this.threshold) pen.fillRect(xOf(step), foot, Math.max(1, xOf(step + 1) - xOf(step)), 3);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {(s: number) => number} xOf @param {number} y @param {number} first @param {number} last @param {number} each @param {string} muted */
  drawSteps(pen, xOf, y, first, last, each, muted) {
    pen.fillStyle = muted;
    pen.textAlign = "center";
    const { tokens } = this.panel;
    if (tokens && each >= 8) {
      for (let step = first; step < last; step++) pen.fillText(glyphs(tokens[step], true), xOf(step + 0.5), y, each);
      return;
    }
    const jump = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6].find((n) => n * each >= 60) || 1e7;
    for (let step = Math.ceil(first / jump) * jump; step < last; step += jump) pen.fillText(step.toLocaleString("en"), xOf(step + 0.5), y);
  }

  /** @param {number} _row @param {number} step */
  tell(_row, step) {
    const { panel } = this;
    const token = panel.tokens ? " ‘" + glyphs(panel.tokens[step], true) + "’" : "";
    const parts = this.units().map((unit) => panel.nameOf(this.choice(), unit) + " " + wording(this.value(unit, step)));
    return "step " + step.toLocaleString("en") + token + " · " + parts.join(" · ");
  }

  /** The colour of the line of each unit. */
  static color(/** @type {number} */ i) {
    return LINES[i % LINES.length];
  }
}
