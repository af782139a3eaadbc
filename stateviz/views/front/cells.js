// The states of one site: tiles of steps, each with means over 4, 16, 64 and 256 steps for pictures from afar.
import { readBlock, unpack } from "./blocks.js";

/** @typedef {{name: string, units: (number|string)[], binary: boolean, off: number, low: number, step: number, levels: number,
 *   bits: number, limits: [number, number], tile: number, tiles: string[], overview: string, buckets: number, error: number, scale: string, beyond: boolean}} SiteHeader */

/** @param {Uint8Array} cells @param {number} rows @param {number} columns @param {number} size */
export function means(cells, rows, columns, size) {
  const across = Math.ceil(columns / size);
  const out = new Uint8Array(rows * across);
  for (let row = 0; row < rows; row++) {
    for (let bucket = 0; bucket < across; bucket++) {
      const first = bucket * size;
      const last = Math.min(columns, first + size);
      let sum = 0;
      for (let column = first; column < last; column++) sum += cells[row * columns + column];
      out[row * across + bucket] = Math.round(sum / (last - first));
    }
  }
  return out;
}

const FACTOR = 4;

/** A tile, and its means over 4, 16, 64 and 256 steps as far as it reaches. @param {Uint8Array} cells @param {number} units @param {number} columns */
export function scalesOf(cells, units, columns) {
  const scales = [cells];
  for (let wide = columns; wide > FACTOR && scales.length < 5; wide = Math.ceil(wide / FACTOR))
    scales.push(means(scales[scales.length - 1], units, wide, FACTOR));
  return scales;
}

/** @typedef {{x0: number, x1: number, cells: Uint8Array | undefined, columns: number, from: Int32Array, to: Int32Array}} Part */

export class Site {
  /** @param {SiteHeader} header @param {number} steps */
  constructor(header, steps) {
    this.header = header;
    this.steps = steps;
    this.units = header.units.length;
    /** @type {({columns: number, scales: Uint8Array[]} | undefined)[]} */
    this.tiles = header.tiles.map(() => undefined);
    /** @type {Uint8Array | undefined} */
    this.overview = undefined;
    /** @type {Int32Array | null} */
    this.edges = null;
    /** @type {Part[]} */
    this.parts = [];
    /** The byte of zero, about which a flipped unit is mirrored; of binary states half way between the two. */
    this.zero = header.binary ? 127.5 : ((0 - header.low) / header.step) * (255 / (header.levels - 1));
  }

  /** Everything, the overview first. @param {() => void} arrived */
  async load(arrived) {
    const { header, steps, units } = this;
    if (header.overview) {
      this.overview = await readBlock(header.overview);
      this.edges = null;
      arrived();
    }
    for (let k = 0; k < header.tiles.length; k++) {
      const columns = Math.min(header.tile, steps - k * header.tile);
      const cells = unpack(await readBlock(header.tiles[k]), units, columns, header.bits, header.levels);
      this.tiles[k] = { columns, scales: scalesOf(cells, units, columns) };
      this.edges = null;
      arrived();
    }
  }

  /** The level of a cell as a byte; NaN until its tile is there. @param {number} unit @param {number} step */
  byte(unit, step) {
    const tile = this.tiles[Math.floor(step / this.header.tile)];
    return tile ? tile.scales[0][unit * tile.columns + (step % this.header.tile)] : NaN;
  }

  /** What a byte stands for. @param {number} byte */
  valueOf(byte) {
    const { low, step, levels, binary, off } = this.header;
    if (binary) return off + (1 - off) * (byte / 255);
    return low + Math.round(byte * ((levels - 1) / 255)) * step;
  }

  /** @param {number} unit @param {number} step @param {number} [sign] */
  value(unit, step, sign = 1) {
    const value = this.valueOf(this.byte(unit, step));
    return sign > 0 ? value : this.header.binary ? 1 + this.header.off - value : 0 - value;
  }

  /** Adds to `out` the mean byte of one unit over the steps from edges[x] to edges[x + 1], for every x.
   * @param {Float32Array} out @param {number} unit @param {Int32Array} edges @param {number} sign
   */
  addRow(out, unit, edges, sign) {
    if (this.edges !== edges) {
      this.edges = edges;
      this.parts = this.partsOf(edges);
    }
    for (const { x0, x1, cells, columns, from, to } of this.parts) {
      const start = unit * columns;
      for (let x = x0; x < x1; x++) {
        let sum = cells ? 0 : NaN;
        if (cells) for (let at = start + from[x]; at < start + to[x]; at++) sum += cells[at];
        const mean = sum / (to[x] - from[x]);
        out[x] += sign > 0 ? mean : 2 * this.zero - mean;
      }
    }
  }

  /** Which numbers each x is made of; the same for every unit, so that it is found once for all of them. @param {Int32Array} edges @returns {Part[]} */
  partsOf(edges) {
    const count = edges.length - 1;
    const [from, to] = [new Int32Array(count), new Int32Array(count)];
    /** @type {Part[]} */
    const parts = [];
    for (let x = 0; x < count; x++) {
      const first = edges[x];
      const last = Math.max(edges[x + 1], first + 1);
      const place = this.placeOf(first, last);
      [from[x], to[x]] = [place.from, place.to];
      const part = parts[parts.length - 1];
      if (part && part.cells === place.cells) part.x1 = x + 1;
      else parts.push({ x0: x, x1: x + 1, cells: place.cells, columns: place.columns, from, to });
    }
    return parts;
  }

  /** Where the mean of some steps is read: columns `from` to `to - 1` of cells that have so many; of at least two where there are. @param {number} first @param {number} last */
  placeOf(first, last) {
    const k = Math.floor(first / this.header.tile);
    const tile = this.tiles[k];
    if (!tile) {
      const at = Math.floor((first * this.header.buckets) / this.steps);
      return { cells: this.overview, columns: this.header.buckets, from: at, to: at + 1 };
    }
    let scale = 0;
    while (scale + 1 < tile.scales.length && FACTOR ** (scale + 1) * 2 <= last - first) scale++;
    const each = FACTOR ** scale;
    const columns = Math.ceil(tile.columns / each);
    const start = first - k * this.header.tile;
    const from = Math.floor(start / each);
    return { cells: tile.scales[scale], columns, from, to: Math.min(columns, Math.max(from + 1, Math.floor((start + last - first) / each))) };
  }

  /** The least and the largest value of a unit over some steps, where they are stored. @param {number} _unit @param {number} _first @param {number} _last @param {number} _sign
   * @returns {number[] | null | undefined} null until they are here
   */
  extremes(_unit, _first, _last, _sign) {
    return undefined;
  }

  /** Pearson's correlation of each unit with one, over what has arrived (evenly spaced steps of long recordings). @param {number} unit */
  likeness(unit) {
    const jump = Math.max(1, Math.floor(this.steps / 4096));
    const rows = Array.from({ length: this.units }, (_, other) => {
      const row = [];
      for (let step = 0; step < this.steps; step += jump) {
        const { cells, columns, from } = this.placeOf(step, step + 1);
        row.push(cells ? cells[other * columns + from] : NaN);
      }
      const mean = row.reduce((a, b) => a + b, 0) / row.length;
      const norm = Math.hypot(...row.map((x) => x - mean)) || 1;
      return row.map((x) => (x - mean) / norm);
    });
    return rows.map((row) => row.reduce((sum, x, t) => sum + x * rows[unit][t], 0));
  }
}
