// The states of one site: tiles of steps, each with means over 8 and over 64 steps for pictures from afar.
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
    /** The byte of zero, about which a flipped unit is mirrored; of binary states half way between the two. */
    this.zero = header.binary ? 127.5 : ((0 - header.low) / header.step) * (255 / (header.levels - 1));
  }

  /** Everything, the overview first. @param {() => void} arrived */
  async load(arrived) {
    const { header, steps, units } = this;
    if (header.overview) {
      this.overview = await readBlock(header.overview);
      arrived();
    }
    for (let k = 0; k < header.tiles.length; k++) {
      const columns = Math.min(header.tile, steps - k * header.tile);
      const cells = unpack(await readBlock(header.tiles[k]), units, columns, header.bits, header.levels);
      const eighth = columns > 64 ? means(cells, units, columns, 8) : cells;
      this.tiles[k] = { columns, scales: [cells, eighth, columns > 64 ? means(eighth, units, Math.ceil(columns / 8), 8) : cells] };
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
    const size = this.header.tile;
    for (let x = 0; x < out.length; x++) {
      const first = edges[x];
      const last = Math.max(edges[x + 1], first + 1);
      const mean = this.meanOf(unit, first, last, size);
      out[x] += sign > 0 ? mean : 2 * this.zero - mean;
    }
  }

  /** @param {number} unit @param {number} first @param {number} last @param {number} size */
  meanOf(unit, first, last, size) {
    const tile = this.tiles[Math.floor(first / size)];
    if (!tile) return this.overview ? this.fromAfar(unit, first) : NaN;
    const start = first % size;
    if (last - first === 1) return tile.scales[0][unit * tile.columns + start];
    const scale = tile.columns <= 64 ? 0 : last - first < 16 ? 0 : last - first < 128 ? 1 : 2;
    const each = scale === 0 ? 1 : scale === 1 ? 8 : 64;
    const columns = Math.ceil(tile.columns / each);
    const cells = tile.scales[scale];
    const from = Math.floor(start / each);
    const to = Math.min(columns, Math.max(from + 1, Math.floor((start + last - first) / each)));
    let sum = 0;
    for (let column = from; column < to; column++) sum += cells[unit * columns + column];
    return sum / (to - from);
  }

  /** @param {number} unit @param {number} step */
  fromAfar(unit, step) {
    const { buckets } = this.header;
    const overview = /** @type {Uint8Array} */ (this.overview);
    return overview[unit * buckets + Math.floor((step * buckets) / this.steps)];
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
      for (let step = 0; step < this.steps; step += jump) row.push(this.meanOf(other, step, step + 1, this.header.tile));
      const mean = row.reduce((a, b) => a + b, 0) / row.length;
      const norm = Math.hypot(...row.map((x) => x - mean)) || 1;
      return row.map((x) => (x - mean) / norm);
    });
    return rows.map((row) => row.reduce((sum, x, t) => sum + x * rows[unit][t], 0));
  }
}
