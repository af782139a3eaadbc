// A page of a folder: states, texts and tracks that are fetched where they are seen, at the level that the picture needs.
import { readBlock, readJson } from "./blocks.js";
import { Site } from "./cells.js";
import { PANELS, Panel } from "./panel.js";
import { FarArray, Store } from "./store.js";
import { search } from "./tokens.js";

/** @typedef {import("./store.js").Spec} Spec */
/** @typedef {{x0: number, x1: number, cells: Uint8Array, wide: number, whole: boolean, from: Int32Array, to: Int32Array}} FarPart */

const STORE = new Store();

/** The level whose columns hold no more than `steps`, and how many levels there are. @param {number} steps @param {number} factor @param {number} count */
export const levelOf = (steps, factor, count) => Math.max(0, Math.min(count - 1, Math.floor(Math.log(Math.max(1, steps)) / Math.log(factor) + 1e-9)));

/** An array whose entries are fetched when they are asked for, as `rest` until then. @param {number} length @param {(at: number) => any} get @param {any} rest @returns {any} */
function lazily(length, get, rest) {
  return new Proxy([], {
    get: (_, name) => (name === "length" ? length : typeof name === "string" && /^\d+$/.test(name) ? (get(Number(name)) ?? rest) : undefined),
  });
}

export class FarSite extends Site {
  /** @param {any} header @param {number} steps */
  constructor(header, steps) {
    super(header, steps);
    const { path, factor, levels } = header.store;
    this.factor = factor;
    /** What a pixel of many steps shows. @type {"mean" | "minimum" | "maximum"} */
    this.summary = "mean";
    /** @type {Record<string, FarArray>[]} */
    this.levels = levels.map((/** @type {Record<string, Spec>} */ one) =>
      Object.fromEntries(
        Object.entries(one).map(([kind, spec]) => [kind, new FarArray(STORE, { ...spec, path: "/" + spec.path }, path, /** @type {any} */ (kind))]),
      ),
    );
    /** @type {Int32Array | null} */
    this.drawn = null;
    /** @type {Map<string, FarPart[]>} */
    this.plans = new Map();
  }

  /** @param {() => void} arrived */
  async load(arrived) {
    this.overview = await readBlock(this.header.overview);
    arrived();
  }

  /** @param {number} unit @param {number} step */
  byte(unit, step) {
    return this.levels[0].mean.at(unit, step) ?? NaN;
  }

  /** From afar alone: the coarsest level. @param {number} first */
  placeOf(first) {
    const at = Math.floor(first / this.factor ** (this.levels.length - 1));
    return { cells: this.overview, columns: this.header.buckets, from: at, to: at + 1 };
  }

  /** The least and the largest value of a unit over some steps; null until they are here. @param {number} unit @param {number} first @param {number} last @param {number} sign */
  extremes(unit, first, last, sign) {
    const level = levelOf(last - first, this.factor, this.levels.length);
    const each = this.factor ** level;
    let [low, high] = [Infinity, -Infinity];
    for (let at = Math.floor(first / each); at * each < last; at++) {
      const [least, most] = [this.levels[level].minimum.at(unit, at), this.levels[level].maximum.at(unit, at)];
      if (least === undefined || most === undefined) return null;
      [low, high] = [Math.min(low, least), Math.max(high, most)];
    }
    if (sign < 0) [low, high] = [2 * this.zero - high, 2 * this.zero - low];
    return [this.valueOf(low), this.valueOf(high)];
  }

  /** @param {Float32Array} out @param {number} unit @param {Int32Array} edges @param {number} sign */
  addRow(out, unit, edges, sign) {
    if (!this.overview) {
      out.fill(NaN);
      return;
    }
    const high = this.levels[0].mean.spec.chunk[0];
    const swapped = { mean: "mean", minimum: "maximum", maximum: "minimum" }[this.summary];
    const row = unit % high;
    for (const { x0, x1, cells, wide, whole, from, to } of this.plan(edges, Math.floor(unit / high), sign > 0 ? this.summary : swapped)) {
      const start = (whole ? unit : row) * wide;
      for (let x = x0; x < x1; x++) {
        let sum = 0;
        for (let at = start + from[x]; at < start + to[x]; at++) sum += cells[at];
        const mean = sum / (to[x] - from[x]);
        out[x] += sign > 0 ? mean : 2 * this.zero - mean;
      }
    }
  }

  /** Which numbers each pixel of the rows of one band of chunks is made of: those of the level it needs, or of the nearest one further away that is here.
   * @param {Int32Array} edges @param {number} band @param {string} kind @returns {FarPart[]}
   */
  plan(edges, band, kind) {
    if (this.drawn !== edges) {
      this.drawn = edges;
      this.plans.clear();
    }
    const key = kind + band;
    let parts = this.plans.get(key);
    if (!parts) {
      parts = this.planned(edges, band, kind);
      this.plans.set(key, parts);
    }
    return parts;
  }

  /** @param {Int32Array} edges @param {number} band @param {string} kind @returns {FarPart[]} */
  planned(edges, band, kind) {
    const count = edges.length - 1;
    const steps = (edges[count] - edges[0]) / count;
    const near = levelOf(steps, this.factor, this.levels.length);
    const half = Math.max(0, Math.min(2, Math.floor(Math.log2(Math.max(1, steps / this.factor ** near)))));
    const [from, to] = [new Int32Array(count), new Int32Array(count)];
    /** @type {FarPart[]} */
    const parts = [];
    for (let x = 0; x < count;) {
      const found = this.source(edges[x], near, band, kind, half);
      const { each, begin, end } = found;
      const x0 = x;
      for (; x < count && edges[x] < end * each; x++) {
        from[x] = Math.max(0, Math.floor(edges[x] / each) - begin);
        to[x] = Math.max(from[x] + 1, Math.min(end, Math.floor(edges[x + 1] / each)) - begin);
      }
      parts.push({ x0, x1: x, cells: found.cells, wide: found.wide, whole: found.whole, from, to });
    }
    return parts;
  }

  /** Where a step is read from: columns `begin` to `end - 1`, of `each` steps. @param {number} step @param {number} near @param {number} band @param {string} kind @param {number} half */
  source(step, near, band, kind, half) {
    for (let level = near; level < this.levels.length; level++) {
      const array = this.levels[level][kind];
      const wide = array.spec.chunk[1];
      const each = this.factor ** level;
      const column = Math.floor(step / each / wide);
      const chunk = array.chunk(band, column);
      if (!chunk.here) continue;
      const scale = level === near ? half : 0;
      const [begin, end] = [column * wide, Math.min(array.spec.steps, (column + 1) * wide)];
      return { cells: chunk.scales[scale], wide: wide >> scale, whole: false, each: each << scale, begin: begin >> scale, end: Math.ceil(end / (1 << scale)) };
    }
    const each = this.factor ** (this.levels.length - 1);
    const { buckets } = this.header;
    return { cells: /** @type {Uint8Array} */ (this.overview), wide: buckets, whole: true, each, begin: 0, end: buckets };
  }
}

export class FarPanel extends Panel {
  get far() {
    return true;
  }

  /** @param {any} header */
  siteOf(header) {
    return new FarSite(header, this.header.steps);
  }

  /** @param {() => void} arrived */
  async load(arrived) {
    const { header } = this;
    STORE.arrived = arrived;
    if (header.vocabulary) this.vocabulary = await readJson(header.vocabulary);
    if (header.tokens) {
      const texts = new FarArray(STORE, { ...header.tokens, path: "" }, header.tokens.path, "texts");
      this.texts = texts;
      this.tokens = lazily(this.steps, (step) => texts.at(0, step), " ");
    }
    for (const [name, spec] of Object.entries(header.tracks)) {
      const words = new FarArray(STORE, { .../** @type {Spec} */ (spec), path: "" }, /** @type {Spec} */ (spec).path, "words");
      this.tracks[name] = lazily(words.spec.rows * this.steps, (at) => words.at(at % words.spec.rows, Math.floor(at / words.spec.rows)), 65535);
    }
    this.strips = await Promise.all(
      header.strips.map(async (/** @type {any} */ one) => ({
        levels: one.levels.map((/** @type {any} */ level) => new FarArray(STORE, { ...level.mean, path: "/" + level.mean.path }, one.path, "words")),
        factor: one.factor,
        far: new Uint16Array((await readBlock(one.far)).buffer),
      })),
    );
    this.known = true;
    arrived();
    await Promise.all(this.sites.map((site) => site.load(arrived)));
    if (location.protocol === "file:")
      STORE.tell("From a file a browser shows this page only from afar. Let it be served: stateviz view FOLDER --serve, or any host of static files.");
  }

  /** @param {(text: string) => void} tell */
  listen(tell) {
    STORE.tell = tell;
  }

  /** @param {number} site @param {number} first @param {number} last */
  changesOver(site, first, last) {
    const { levels, factor, far } = /** @type {any[]} */ (this.strips)[site];
    for (let level = levelOf(last - first, factor, levels.length); level < levels.length; level++) {
      const word = levels[level].at(0, Math.floor(first / factor ** level));
      if (word !== undefined) return word;
    }
    return far[Math.floor(first / factor ** (levels.length - 1))];
  }

  /** @param {number} step */
  guesses(step) {
    return this.tracks.top_ids[step * this.header.guesses] === 65535 ? [] : super.guesses(step);
  }

  /** A control for what a pixel of many steps shows.
   * @param {(label: string, names: string[], now: () => number, use: (at: number) => void) => void} select @param {FarPanel[]} panels
   * @param {import("./panel.js").Choice} state @param {() => void} redraw
   */
  offer(select, panels, state, redraw) {
    const kinds = /** @type {const} */ (["mean", "minimum", "maximum"]);
    select(
      "from afar",
      [...kinds],
      () => kinds.indexOf(/** @type {FarSite} */ (this.site(state)).summary),
      (at) => {
        for (const panel of panels) for (const site of panel.sites) /** @type {FarSite} */ (site).summary = kinds[at];
        redraw();
      },
    );
  }

  /** Goes to the next place of a query, and tells how far it is on the way; a later search ends this one.
   * @param {string} query @param {number} after @param {(text: string) => void} tell @param {(places: [number, number][]) => void} mark @param {(change: {step: number}) => void} set
   */
  async seek(query, after, tell, mark, set) {
    const mine = (this.searches = (this.searches || 0) + 1);
    const going = (/** @type {number} */ share) => {
      tell("searching, " + Math.round(share * 100) + "%");
      return mine === this.searches;
    };
    try {
      const place = query ? await this.find(query, after, going) : null;
      if (mine !== this.searches) return;
      mark(place ? [place] : []);
      if (place) set({ step: place[0] });
      tell(place ? "“" + query + "” at step " + place[0].toLocaleString("en") : query && "“" + query + "” is nowhere in the text");
    } catch (error) {
      tell(/** @type {Error} */ (error).message);
    }
  }

  /** The next place of a query after a step, from the end on from the beginning again; null where there is none.
   * @param {string} query @param {number} after @param {(share: number) => boolean} going tells how far it is; false ends it
   * @returns {Promise<[number, number] | null>}
   */
  async find(query, after, going) {
    const texts = /** @type {FarArray} */ (this.texts);
    const wide = texts.spec.chunk[1];
    const count = Math.ceil(this.steps / wide);
    const start = Math.floor(Math.max(0, after) / wide);
    for (let k = 0; k <= count; k++) {
      if (!going(k / count)) return null;
      const column = (start + k) % count;
      const places = await this.within(texts, column, query);
      const first = k === 0 ? after : -1;
      const found = places.find(([from]) => from > first && from < (column + 1) * wide);
      if (found) return found;
    }
    return null;
  }

  /** Places that begin in a chunk of the text; those that end in the next one are among them. @param {FarArray} texts @param {number} column @param {string} query */
  async within(texts, column, query) {
    const wide = texts.spec.chunk[1];
    const read = async (/** @type {number} */ at) => {
      const chunk = texts.chunk(0, at);
      await STORE.want(chunk);
      if (!chunk.here) throw new Error("the text could not be read");
      return /** @type {string[]} */ (chunk.values).slice(0, Math.max(0, this.steps - at * wide));
    };
    const tokens = await read(column);
    const next = (column + 1) * wide < this.steps ? (await read(column + 1)).slice(0, query.length) : [];
    return search([...tokens, ...next], query).map(([from, to]) => /** @type {[number, number]} */ ([from + column * wide, to + column * wide]));
  }
}

PANELS.folder = FarPanel;
