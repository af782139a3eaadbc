// Frames one after the other: a recording as it grows, an order as it gets shorter, states as a training goes on.
import { KINDS } from "./panel.js";
import { glyphs } from "./tokens.js";

/** @typedef {{rows?: number[], seconds?: number, length?: number, step?: number, sample?: string, loss?: number | null}} Frame */
/** @typedef {import("./panel.js").Panel} Panel */

const WHOLE = 12000;

export class Growth {
  /** @param {any} header @param {Panel[]} panels @param {{views: any[], sections: HTMLElement[], layout: () => void, redraw: () => void, tell: (text: string) => void}} page */
  constructor(header, panels, page) {
    this.mode = header.growth.mode;
    /** @type {Frame[]} */
    this.frames = header.growth.frames;
    this.signs = header.growth.signs;
    this.panels = panels;
    this.page = page;
    this.timer = 0;
    this.speed = 1;
    this.count = this.mode === "text" ? panels[0].steps : this.frames.length;
    this.at = this.count - 1;
    this.slider = document.createElement("input");
    this.slider.type = "range";
    this.slider.max = String(this.count - 1);
    this.slider.setAttribute("aria-label", "Frame");
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.told = document.createElement("span");
    this.told.className = "told-frame";
    this.curve = document.createElement("canvas");
    this.curve.className = "curve";
    this.curve.setAttribute("role", "img");
    this.curve.setAttribute("aria-label", this.mode === "order" ? "Length of the order, by the seconds it took" : "Loss on the held-out text, by updates");
    this.sample = document.createElement("pre");
    this.sample.className = "sample";
    this.sample.tabIndex = 0;
    this.sample.setAttribute("aria-label", "What the model wrote then");
  }

  /** @param {HTMLElement} bar @param {HTMLElement} main */
  place(bar, main) {
    const row = document.createElement("div");
    row.className = "frames";
    const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.title = label;
      made.setAttribute("aria-label", label);
      made.addEventListener("click", act);
      row.append(made);
      return made;
    };
    button("|◀", "To the first frame", () => this.go(0));
    button("◀", "One frame back", () => this.go(this.at - 1));
    this.playing = button("▶", "Play (space)", () => this.play());
    button("▶|", "One frame on", () => this.go(this.at + 1));
    const speed = document.createElement("select");
    speed.setAttribute("aria-label", "Speed");
    for (const [name, factor] of /** @type {[string, number][]} */ ([
      ["slow", 0.4],
      ["medium", 1],
      ["fast", 3],
    ]))
      speed.append(new Option(name, String(factor), factor === 1, factor === 1));
    speed.addEventListener("change", () => {
      this.speed = Number(speed.value);
      if (this.timer) this.run();
    });
    row.append(speed, this.slider, this.told);
    bar.append(row);
    if (this.points().length > 1) main.prepend(this.curve);
    if (this.frames.some((one) => one.sample)) main.prepend(this.sample);
    addEventListener("keydown", (event) => {
      if (
        event.key !== " " ||
        event.target instanceof HTMLButtonElement ||
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLSelectElement
      )
        return;
      event.preventDefault();
      this.play();
    });
  }

  play() {
    if (this.timer) this.stop();
    else {
      if (this.at === this.count - 1) this.at = 0;
      this.run();
    }
    this.go(this.at);
  }

  run() {
    clearInterval(this.timer);
    const each = Math.max(16, WHOLE / this.count / this.speed);
    const jump = Math.max(1, Math.round(16 / (WHOLE / this.count / this.speed)));
    this.timer = Number(
      setInterval(() => {
        if (this.at >= this.count - 1) this.stop();
        this.go(this.at + (this.timer ? jump : 0));
      }, each),
    );
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
  }

  /** Shows a frame. @param {number} to */
  go(to) {
    this.at = Math.min(this.count - 1, Math.max(0, to));
    this.slider.value = String(this.at);
    if (this.playing) {
      this.playing.textContent = this.timer ? "❚❚" : "▶";
      this.playing.setAttribute("aria-pressed", String(this.timer > 0));
    }
    const frame = this.frames[this.at];
    const last = this.panels[0];
    if (this.mode === "text") {
      for (const view of this.page.views) view.until = this.at + 1;
      if (this.timer) this.page.views.forEach((view) => view.show(this.at, -1));
      this.told.textContent =
        "step " +
        (this.at + 1).toLocaleString("en") +
        " of " +
        this.count.toLocaleString("en") +
        (last.tokens ? " ‘" + glyphs(last.tokens[this.at], true) + "’" : "");
    } else if (this.mode === "order") {
      const order = last.orders[0];
      order.rows = /** @type {number[]} */ (frame.rows);
      order.signs = this.signs ? order.rows.map((row) => this.signs[row]) : null;
      last.key = "";
      this.told.textContent =
        (this.at ? Number(frame.seconds).toFixed(2) + " s" : "as it came") + ", length " + Number(Number(frame.length).toPrecision(6)).toLocaleString("en");
    } else {
      this.page.sections.forEach((box, k) => (box.hidden = k !== this.at));
      this.sample.textContent = frame.sample || "";
      this.told.textContent =
        last.header && this.panels[this.at].header.name + (frame.loss ? ", held out " + (frame.loss / Math.LN2).toFixed(2) + " bits a character" : "");
      this.page.layout();
    }
    this.slider.setAttribute("aria-valuetext", this.told.textContent || "");
    this.page.redraw();
  }

  /** What the curve goes through: [where, how much]. @returns {[number, number][]} */
  points() {
    if (this.mode === "order") return this.frames.map((one) => [Number(one.seconds), Number(one.length)]);
    if (this.mode === "training" && this.frames.every((one) => one.loss)) return this.frames.map((one) => [Number(one.step), Number(one.loss)]);
    return [];
  }

  draw() {
    const points = this.points();
    const { curve } = this;
    if (points.length < 2 || !curve.clientWidth) return;
    const ratio = devicePixelRatio || 1;
    [curve.width, curve.height] = [Math.round(curve.clientWidth * ratio), Math.round(curve.clientHeight * ratio)];
    const pen = /** @type {CanvasRenderingContext2D} */ (curve.getContext("2d"));
    pen.scale(ratio, ratio);
    const style = getComputedStyle(curve);
    const [width, height] = [curve.clientWidth - 74, curve.clientHeight - 22];
    const [left, right] = [points[0][0], points[points.length - 1][0]];
    const [low, high] = [Math.min(...points.map((one) => one[1])), Math.max(...points.map((one) => one[1]))];
    const place = (/** @type {number} */ k) => [
      58 + ((points[k][0] - left) / (right - left || 1)) * width,
      8 + (1 - (points[k][1] - low) / (high - low || 1)) * height,
    ];
    pen.strokeStyle = style.color;
    pen.lineWidth = 1.5;
    pen.beginPath();
    points.forEach((_, k) => {
      const [x, y] = place(k);
      if (k) {
        if (this.mode === "order") pen.lineTo(x, place(k - 1)[1]);
        pen.lineTo(x, y);
      } else pen.moveTo(x, y);
    });
    pen.stroke();
    const [x, y] = place(this.at);
    pen.fillStyle = "#d9480f";
    pen.beginPath();
    pen.arc(x, y, 4.5, 0, 7);
    pen.fill();
    pen.fillStyle = style.getPropertyValue("--muted");
    pen.font = "11px " + style.getPropertyValue("--sans");
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const said = (/** @type {number} */ value) => Number(value.toPrecision(4)).toLocaleString("en");
    pen.fillText(said(high), 52, 10);
    pen.fillText(said(low), 52, 8 + height);
    pen.fillText(said(right) + (this.mode === "order" ? " s" : " updates"), 58 + width, 16 + height);
  }
}

KINDS.growth = (page) => {
  const growth = new Growth(page.header, page.panels, page);
  growth.place(page.bar, page.main);
  return Object.assign(growth, { arrived: () => growth.go(growth.at) });
};
