// One recording on a page: its sites, tokens, orders and tracks, and what is chosen of them.
import { readJson, readWords } from "./blocks.js";
import { Site } from "./cells.js";
import { mix, rgb } from "./colors.js";
import { orderByUnit, rowsOf } from "./rows.js";

/** @typedef {{unit: number, units: number[], step: number, site: number, order: number, palettes: Record<string, string>, folded: number[], query: string}} Choice */

export class Panel {
  /** @param {any} header @param {Record<string, Record<string, string[]>>} palettes @param {() => void} arrived */
  constructor(header, palettes, arrived) {
    this.header = header;
    this.palettes = palettes;
    this.steps = header.steps;
    /** @type {Site[]} */
    this.sites = header.sites.map((/** @type {any} */ one) => this.siteOf(one));
    /** @type {string[] | null} */
    this.tokens = null;
    /** @type {Record<string, Uint16Array>} */
    this.tracks = {};
    /** @type {string[]} */
    this.vocabulary = [];
    /** @type {import("./rows.js").Order[]} */
    this.orders = header.orders.map((/** @type {any} */ order) => ({ ...order }));
    this.key = "";
    /** @type {import("./rows.js").Row[]} */
    this.held = [];
    /** Whether everything but the states has come. */
    this.known = false;
    this.ready = this.load(arrived);
  }

  /** Whether what it shows is fetched piece by piece. */
  get far() {
    return false;
  }

  /** @param {any} header @returns {Site} */
  siteOf(header) {
    return new Site(header, this.header.steps);
  }

  /** @param {(_text: string) => void} _tell what it has to say of where its parts come from */
  listen(_tell) {}

  /** How much switches over some steps, as it is stored; NaN where that is not known. @param {number} site @param {number} first @param {number} last */
  changesOver(site, first, last) {
    const strip = this.tracks["switches" + site];
    if (!strip) return NaN;
    const jump = Math.max(1, Math.floor((last - first) / 16));
    let [sum, count] = [0, 0];
    for (let step = first; step < last && step < this.steps; step += jump, count++) sum += strip[step];
    return sum / Math.max(1, count);
  }

  /** @param {() => void} arrived */
  async load(arrived) {
    const { header } = this;
    if (header.tokens) this.tokens = await readJson(header.tokens);
    if (header.vocabulary) this.vocabulary = await readJson(header.vocabulary);
    for (const [name, block] of Object.entries(header.tracks)) this.tracks[name] = await readWords(/** @type {string} */ (block));
    this.known = true;
    arrived();
    for (const site of this.sites) await site.load(arrived);
  }

  /** The order that is chosen; those by a unit are made when they are asked for. @param {Choice} choice */
  order(choice) {
    const site = this.site(choice);
    if (choice.order >= 0) {
      const order = this.orders[Math.min(choice.order, this.orders.length - 1)];
      // An order is one of the units of its own site; those of another stand as they came.
      const fits = order.rows && order.rows.length === site.units && order.site === site.header.name;
      return fits ? order : { ...order, rows: site.header.units.map((_, i) => i), signs: null, breaks: order.rows ? [] : order.breaks };
    }
    return orderByUnit(choice.unit, site.likeness(choice.unit), "by likeness to " + this.nameOf(choice, choice.unit));
  }

  /** @param {Choice} choice */
  rows(choice) {
    const key = [choice.order, choice.order < 0 ? choice.unit : 0, choice.folded.join(), choice.site].join("|");
    if (this.key !== key) {
      this.key = key;
      this.held = rowsOf(this.order(choice), new Set(choice.folded));
    }
    return this.held;
  }

  /** @param {Choice} choice */
  site(choice) {
    return this.sites[Math.min(choice.site, this.sites.length - 1)];
  }

  /** @param {Choice} choice @param {number} unit */
  nameOf(choice, unit) {
    return "unit " + this.site(choice).header.units[unit];
  }

  /** The sign with which a unit is drawn in the chosen order. @param {Choice} choice @param {number} unit */
  signOf(choice, unit) {
    const row = this.rows(choice).find((one) => one.units.includes(unit));
    return row ? row.signs[row.units.indexOf(unit)] : 1;
  }

  /** Colours by byte, for bytes -255 to 510: beyond 0 to 255 lie those of flipped units. @param {Choice} choice */
  colors(choice) {
    const { header } = this.site(choice);
    const stops = this.palettes[header.scale][choice.palettes[header.scale]].map(rgb);
    const [low, high] = header.limits;
    return Array.from({ length: 766 }, (_, i) => {
      const value = header.binary ? (i - 255) / 255 : header.low + ((i - 255) * header.step * (header.levels - 1)) / 255;
      return mix(stops, header.binary ? value : (value - low) / (high - low));
    });
  }

  /** A track's number at a step: what was stored as 16 bits; NaN where there is none. @param {string} name @param {number} step @param {number} [column] @param {number} [columns] */
  track(name, step, column = 0, columns = 1) {
    const word = this.tracks[name][step * columns + column];
    return word === 65535 ? NaN : word / this.header.scales[name];
  }

  /** The guesses made at a step for the token that follows: [token, probability], likeliest first. @param {number} step */
  guesses(step) {
    const count = this.header.guesses;
    return Array.from({ length: count }, (_, k) => {
      const id = this.tracks.top_ids[step * count + k];
      return /** @type {[string, number]} */ ([this.vocabulary[id] ?? "#" + id, this.track("top_probabilities", step, k, count)]);
    });
  }
}

/** What some kinds of view have beside the states and the text. @type {Record<string, (page: any) => any>} */
export const KINDS = {};
/** How a page reads what it shows; that of a folder is added by folder.js. @type {Record<string, typeof Panel>} */
export const PANELS = { page: Panel };
