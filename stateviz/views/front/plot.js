// The heatmap: units down, steps across, on one canvas that draws only what is seen.
import { inkOn, wording } from "./colors.js";
import { placeOf } from "./rows.js";
import { glyphs } from "./tokens.js";

const LEFT = 58;
const TOP = 30;
const BOTTOM = 24;
const COLUMN = 84;

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./panel.js").Choice} Choice */

export class Heatmap {
  /** @param {HTMLCanvasElement} canvas @param {Panel} panel @param {() => Choice} choice */
  constructor(canvas, panel, choice) {
    this.canvas = canvas;
    this.panel = panel;
    this.choice = choice;
    /** What is seen: first step, steps across, first row, rows down. */
    this.view = { x: 0, y: 0, w: panel.steps, h: Infinity };
    /** Steps from here on are not drawn yet. */
    this.until = Infinity;
    /** @type {[number, number][]} */
    this.marks = [];
    /** @type {{row: number, step: number} | null} */
    this.pointer = null;
  }

  rows() {
    return this.panel.rows(this.choice());
  }

  area() {
    const { clientWidth, clientHeight } = this.canvas;
    const whole = (/** @type {number} */ room, /** @type {number} */ cells) => {
      // Cells that are all seen have a whole number of pixels, unless that leaves much of the room empty.
      const each = (Math.max(20, room) * devicePixelRatio) / cells;
      return Math.floor(each) / each < 0.85 ? Math.max(20, room) : (Math.floor(each) * cells) / devicePixelRatio;
    };
    const width = whole(clientWidth - LEFT - COLUMN, this.panel.steps);
    return { left: LEFT, top: TOP, width, height: whole(clientHeight - TOP - BOTTOM, this.rows().length) };
  }

  /** Keeps the view within the states. */
  clamp() {
    const { view, panel } = this;
    const rows = this.rows().length;
    view.w = Math.min(panel.steps, Math.max(Math.min(4, panel.steps), view.w));
    view.h = Math.min(rows, Math.max(Math.min(2, rows), view.h));
    view.x = Math.min(panel.steps - view.w, Math.max(0, view.x));
    view.y = Math.min(rows - view.h, Math.max(0, view.y));
  }

  reset() {
    this.view = { x: 0, y: 0, w: this.panel.steps, h: Infinity };
  }

  /** Zooms about a place of the canvas, which stays where it is. @param {number} factor @param {number} px @param {number} py @param {boolean} [both] */
  zoom(factor, px, py, both = true) {
    this.clamp();
    const { left, top, width, height } = this.area();
    const { view } = this;
    const fx = Math.min(1, Math.max(0, (px - left) / width));
    const fy = Math.min(1, Math.max(0, (py - top) / height));
    const [x, y] = [view.x + fx * view.w, view.y + fy * view.h];
    view.w *= factor;
    if (both) view.h *= factor;
    this.clamp();
    view.x = x - fx * view.w;
    view.y = y - fy * view.h;
    this.clamp();
  }

  /** @param {number} dx pixels @param {number} dy pixels */
  pan(dx, dy) {
    const { width, height } = this.area();
    this.view.x -= (dx / width) * this.view.w;
    this.view.y -= (dy / height) * this.view.h;
    this.clamp();
  }

  /** Brings a step, and a unit, into view. @param {number} step @param {number} unit */
  show(step, unit) {
    this.clamp();
    const { view } = this;
    const row = unit < 0 ? -1 : placeOf(this.rows(), unit);
    if (step >= 0 && (step < view.x || step >= view.x + view.w)) view.x = step - view.w / 2;
    if (row >= 0 && (row < view.y || row >= view.y + view.h)) view.y = row - view.h / 2;
    this.clamp();
  }

  /** The cell under a place of the canvas; null beside the states. @param {number} px @param {number} py */
  at(px, py) {
    const { left, top, width, height } = this.area();
    const step = Math.floor(this.view.x + ((px - left) / width) * this.view.w);
    const row = Math.floor(this.view.y + ((py - top) / height) * this.view.h);
    const inside = px >= left && px < left + width && py >= top && py < top + height;
    return inside && step < this.panel.steps && row < this.rows().length ? { row, step } : null;
  }

  /** The colours of what is seen, one for each pixel. @param {number} width @param {number} height */
  cells(width, height) {
    const { view, panel } = this;
    const choice = this.choice();
    const site = panel.site(choice);
    const rows = this.rows();
    const palette = Uint32Array.from(panel.colors(choice), ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r);
    const edges = Int32Array.from({ length: width + 1 }, (_, x) => Math.min(panel.steps, Math.floor(view.x + (x / width) * view.w + 1e-9)));
    for (let x = 0; x < width; x++) edges[x] = Math.min(panel.steps - 1, edges[x]);
    const out = new Uint32Array(width * height);
    const sums = new Float32Array(width);
    let before = [-1, -1];
    for (let y = 0; y < height; y++) {
      const first = Math.min(rows.length - 1, Math.floor(view.y + (y / height) * view.h + 1e-9));
      const last = Math.min(rows.length, Math.max(first + 1, Math.floor(view.y + ((y + 1) / height) * view.h + 1e-9)));
      if (first === before[0] && last === before[1]) {
        out.copyWithin(y * width, (y - 1) * width, y * width);
        continue;
      }
      before = [first, last];
      sums.fill(0);
      let count = 0;
      for (let row = first; row < last; row++) {
        rows[row].units.forEach((unit, i) => site.addRow(sums, unit, edges, rows[row].signs[i]));
        count += rows[row].units.length;
      }
      for (let x = 0; x < width; x++) {
        const byte = Math.round(sums[x] / count) + 255;
        out[y * width + x] = byte >= 0 && edges[x] < this.until ? palette[Math.min(765, byte)] : 0;
      }
    }
    return new Uint8ClampedArray(out.buffer);
  }

  /** How many steps stand in one column of pixels. */
  stepsAPixel() {
    return this.view.w / (this.area().width * devicePixelRatio);
  }

  draw() {
    const { canvas } = this;
    if (!canvas.clientWidth) return;
    const ratio = devicePixelRatio || 1;
    const size = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    this.clamp();
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const { left, top, width, height } = this.area();
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.putImageData(new ImageData(/** @type {any} */ (this.cells(w, h)), w, h), Math.round(left * ratio), Math.round(top * ratio));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(canvas);
    this.ink = style.color;
    this.muted = style.getPropertyValue("--muted") || this.ink;
    pen.font = "11px " + style.getPropertyValue("--sans");
    this.drawSwitches(pen);
    this.drawUnits(pen);
    this.drawSteps(pen);
    this.drawChoice(pen);
  }

  /** Canvas x of the left edge of a step. @param {number} step */
  xOf(step) {
    const { left, width } = this.area();
    return left + ((step - this.view.x) / this.view.w) * width;
  }

  /** Canvas y of the upper edge of a row. @param {number} row */
  yOf(row) {
    const { top, height } = this.area();
    return top + ((row - this.view.y) / this.view.h) * height;
  }

  /** The strip above: how much switches at each step. @param {CanvasRenderingContext2D} pen */
  drawSwitches(pen) {
    const { panel, view } = this;
    const site = Math.min(this.choice().site, panel.sites.length - 1);
    const { left, width } = this.area();
    const most = panel.header.most[site] || 1;
    pen.fillStyle = this.muted || "";
    for (let x = 0; x < width; x++) {
      const first = Math.floor(view.x + (x / width) * view.w);
      const last = Math.max(first + 1, Math.floor(view.x + ((x + 1) / width) * view.w));
      if (first >= this.until) break;
      const bar = Math.min(1, (panel.changesOver(site, first, last) || 0) / most) * 20;
      pen.fillRect(left + x, TOP - 4 - bar, 1, bar);
    }
  }

  /** @param {CanvasRenderingContext2D} pen */
  drawUnits(pen) {
    const { left, height } = this.area();
    const rows = this.rows();
    const { header } = this.panel.site(this.choice());
    const each = height / this.view.h;
    const jump = Math.max(1, Math.ceil(13 / each));
    pen.fillStyle = this.muted || "";
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (let row = Math.ceil(this.view.y / jump) * jump; row < Math.min(rows.length, this.view.y + this.view.h); row += jump) {
      const { units, group } = rows[row];
      const name = units.length > 1 ? "group " + group : glyphs(String(header.units[units[0]]));
      pen.fillText(name.length > 8 ? name.slice(0, 4) + "…" + name.slice(-3) : name, left - 6, this.yOf(row + 0.5), left - 8);
    }
    pen.fillStyle = this.ink || "";
    let before = rows.length ? rows[0].group : 0;
    rows.forEach((row, place) => {
      const y = this.yOf(place);
      if (row.group !== before && y >= TOP && y <= TOP + height) pen.fillRect(left - 4, y - 0.5, this.area().width + 4, 1);
      before = row.group;
    });
  }

  /** Characters under their columns where these are wide enough, else the numbers of steps. @param {CanvasRenderingContext2D} pen */
  drawSteps(pen) {
    const { left, top, width, height } = this.area();
    const { panel, view } = this;
    const each = width / view.w;
    const y = top + height + 11;
    pen.fillStyle = this.muted || "";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const [first, last] = [Math.max(0, Math.floor(view.x)), Math.min(panel.steps, Math.ceil(view.x + view.w))];
    if (panel.tokens && each >= 8) {
      for (let step = first; step < Math.min(last, this.until); step++) {
        const text = glyphs(panel.tokens[step], true);
        if (pen.measureText(text).width <= each + 1 || text.length <= 2) pen.fillText(text, this.xOf(step + 0.5), y, each);
      }
    } else {
      const jump =
        [1, 2, 5]
          .flatMap((d) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((p) => d * 10 ** p))
          .sort((a, b) => a - b)
          .find((n) => n * each >= 60) || 1;
      for (let step = Math.ceil(first / jump) * jump; step < last; step += jump) pen.fillText(step.toLocaleString("en"), this.xOf(step + 0.5), y);
    }
    for (const [from, to] of this.marks) {
      const x = this.xOf(from);
      const wide = Math.max(2, this.xOf(to + 1) - x);
      if (x + wide >= left && x <= left + width) {
        pen.fillStyle = "#d9480f";
        pen.fillRect(x, top - 3, wide, 3);
      }
    }
  }

  /** The chosen unit and step, and the column of states at that step. @param {CanvasRenderingContext2D} pen */
  drawChoice(pen) {
    const { left, top, width, height } = this.area();
    const choice = this.choice();
    const rows = this.rows();
    const site = this.panel.site(choice);
    pen.save();
    pen.beginPath();
    pen.rect(left - 3, top - 3, width + 6, height + 6);
    pen.clip();
    const frame = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => {
      pen.strokeStyle = "#fff";
      pen.lineWidth = 3;
      pen.strokeRect(x, y, w, h);
      pen.strokeStyle = "#111";
      pen.lineWidth = 1;
      pen.strokeRect(x, y, w, h);
    };
    const place = choice.unit < 0 ? -1 : placeOf(rows, choice.unit);
    if (place >= 0) frame(left - 1, this.yOf(place), width + 2, this.yOf(place + 1) - this.yOf(place));
    if (choice.step >= 0) frame(this.xOf(choice.step), top - 1, this.xOf(choice.step + 1) - this.xOf(choice.step), height + 2);
    pen.restore();
    if (choice.step < 0) return;
    const colors = this.panel.colors(choice);
    const [low, high] = site.header.binary ? [0, 1] : site.header.limits;
    const x0 = left + width + 10;
    const wide = COLUMN - 20;
    const zero = Math.max(0, Math.min(1, (0 - low) / (high - low)));
    for (let y = 0; y < height; y++) {
      const row = Math.floor(this.view.y + (y / height) * this.view.h);
      if (row >= rows.length) break;
      const { units, signs } = rows[row];
      const bytes = units.map((unit, i) => (signs[i] > 0 ? site.byte(unit, choice.step) : 2 * site.zero - site.byte(unit, choice.step)));
      const byte = bytes.reduce((a, b) => a + b, 0) / bytes.length;
      if (Number.isNaN(byte)) continue;
      const value = site.header.binary ? byte / 255 : site.header.low + (byte * site.header.step * (site.header.levels - 1)) / 255;
      const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
      pen.fillStyle = inkOn(colors[Math.round(byte) + 255]) === "#000" ? this.muted || "" : "rgb(" + colors[Math.round(byte) + 255].join() + ")";
      const [a, b] = [Math.min(zero, share), Math.max(zero, share)];
      pen.fillRect(x0 + a * wide, top + y, Math.max(1, (b - a) * wide), 1);
    }
    pen.fillStyle = this.muted || "";
    pen.textAlign = "left";
    pen.fillText("step " + choice.step.toLocaleString("en"), x0, top - 12, COLUMN - 12);
  }

  /** What is under the pointer, in words. @param {number} row @param {number} step */
  tell(row, step) {
    const choice = this.choice();
    const site = this.panel.site(choice);
    const { units, signs, group } = this.rows()[row];
    const token = this.panel.tokens ? " ‘" + glyphs(this.panel.tokens[step], true) + "’" : "";
    const place = "step " + step.toLocaleString("en") + token;
    if (units.length > 1) return place + " · group " + group + ", " + units.length + " units";
    const value = site.value(units[0], step, signs[0]);
    if (Number.isNaN(value)) return place;
    const about = site.header.binary ? wording(value) : wording(value) + " ± " + wording(site.header.error);
    return place + " · " + this.panel.nameOf(choice, units[0]) + (signs[0] < 0 ? ", flipped" : "") + " · " + about;
  }
}
