// A long list of lines of which only those in sight are in the page.

export class Lines {
  /** @param {HTMLElement} box @param {(line: number) => HTMLElement} make */
  constructor(box, make) {
    this.box = box;
    this.make = make;
    this.sheet = document.createElement("div");
    this.sheet.className = "sheet";
    box.append(this.sheet);
    /** @type {Map<number, HTMLElement>} */
    this.held = new Map();
    this.count = 0;
    this.height = 20;
    box.addEventListener("scroll", () => this.draw(), { passive: true });
  }

  /** @param {number} count @param {number} height pixels a line */
  set(count, height) {
    this.count = count;
    this.height = height;
    // Browsers cannot lay out much more than 2 ** 24 pixels: beyond it the bar moves over lines faster than by pixels.
    this.scale = Math.max(1, (count * height) / 1.5e7);
    this.sheet.style.height = (count * height) / this.scale + "px";
    this.clear();
  }

  clear() {
    this.held.forEach((line) => line.remove());
    this.held.clear();
    this.draw();
  }

  draw() {
    const { box, height, count } = this;
    const scale = this.scale || 1;
    const first = Math.max(0, Math.floor((box.scrollTop * scale) / height) - 2);
    const last = Math.min(count, first + Math.ceil(box.clientHeight / height) + 5);
    this.held.forEach((line, at) => {
      if (at >= first && at < last) return;
      line.remove();
      this.held.delete(at);
    });
    for (let at = first; at < last; at++) {
      let line = this.held.get(at);
      if (!line) {
        line = this.make(at);
        this.held.set(at, line);
        this.sheet.append(line);
      }
      line.style.transform = "translateY(" + (at * height - box.scrollTop * (scale - 1)) + "px)";
    }
  }

  /** Scrolls so that a line is in sight. @param {number} line */
  show(line) {
    const { box, height } = this;
    const scale = this.scale || 1;
    const top = (line * height) / scale;
    if (top < box.scrollTop || top + height > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 3;
  }
}
