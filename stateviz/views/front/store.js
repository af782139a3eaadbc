// Arrays of a Zarr store beside the page, read by ranges: a chunk is fetched when something asks for it, and kept while there is room.
import { means } from "./cells.js";

/** @typedef {{path: string, rows: number, steps: number, chunk: [number, number], shard: number}} Spec */
/** @typedef {"mean" | "minimum" | "maximum" | "words" | "texts"} Kind */

/** Bytes of chunks that are kept. */
const ROOM = 160e6;
const AT_ONCE = 4;
const LONGEST = 4e6;
const RETRY = 5000;

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
async function gunzip(bytes) {
  const stream = new Blob([/** @type {BlobPart} */ (bytes)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Strings as Zarr's vlen-utf8 has them: how many, then each behind its length. @param {Uint8Array} bytes */
export function readTexts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const out = [];
  for (let k = view.getUint32(0, true), at = 4; k > 0; k--) {
    const size = view.getUint32(at, true);
    out.push(decoder.decode(bytes.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return out;
}

/** Every two columns as one: their mean, the lesser, or the larger. @param {Uint8Array} cells @param {number} rows @param {number} wide @param {Kind} kind */
export function halved(cells, rows, wide, kind) {
  if (kind === "mean") return means(cells, rows, wide, 2);
  const least = kind === "minimum";
  return Uint8Array.from({ length: (rows * wide) / 2 }, (_, i) => {
    const [a, b] = [cells[2 * i], cells[2 * i + 1]];
    return a < b === least ? a : b;
  });
}

/** What a chunk holds: its numbers, and those of every 2 and every 4 columns; or its strings. */
export class Chunk {
  /** @param {FarArray} array @param {number} row @param {number} column */
  constructor(array, row, column) {
    this.array = array;
    this.row = row;
    this.column = column;
    /** @type {Uint8Array[]} */
    this.scales = [];
    /** @type {Uint16Array | string[] | null} */
    this.values = null;
    this.bytes = 0;
    this.failed = 0;
    /** @type {Promise<void> | null} */
    this.coming = null;
  }

  get here() {
    return this.bytes > 0;
  }

  /** @param {Uint8Array} bytes unpacked; none stands for a chunk of zeros */
  fill(bytes) {
    const { kind, spec } = this.array;
    const [high, wide] = spec.chunk;
    this.bytes = Math.max(1, bytes.length);
    if (kind === "texts") this.values = readTexts(bytes);
    else if (kind === "words") this.values = new Uint16Array(bytes.buffer, 0, bytes.length >> 1);
    else {
      const half = halved(bytes, high, wide, kind);
      this.scales = [bytes, half, halved(half, high, wide / 2, kind)];
      this.bytes *= 1.75;
    }
  }
}

export class Store {
  constructor() {
    /** Chunks that are here, those asked for last at the end. @type {Set<Chunk>} */
    this.kept = new Set();
    /** @type {Map<Chunk, () => void>} */
    this.waiting = new Map();
    this.used = 0;
    this.running = 0;
    this.planned = false;
    /** Files of a host without ranges. @type {Map<string, Promise<Uint8Array>>} */
    this.wholes = new Map();
    /** @type {Map<string, Promise<DataView>>} */
    this.indices = new Map();
    this.arrived = () => {};
    /** @type {(text: string) => void} */
    this.tell = () => {};
  }

  /** Asks for a chunk; what was asked for last comes first. @param {Chunk} chunk @returns {Promise<void>} when it is here, or could not be had */
  want(chunk) {
    if (chunk.here) {
      this.kept.delete(chunk);
      this.kept.add(chunk);
      return Promise.resolve();
    }
    const done = this.waiting.get(chunk);
    if (done) {
      this.waiting.delete(chunk);
      this.waiting.set(chunk, done);
    }
    if (chunk.coming) return chunk.coming;
    // From a file a browser reads no other: asking would fail.
    if (performance.now() < chunk.failed || location.protocol === "file:") return Promise.resolve();
    chunk.coming = new Promise((resolve) => this.waiting.set(chunk, resolve));
    if (!this.planned) setTimeout(() => this.pump(), 0);
    this.planned = true;
    return chunk.coming;
  }

  pump() {
    this.planned = false;
    while (this.running < AT_ONCE && this.waiting.size) {
      const last = /** @type {Chunk} */ ([...this.waiting.keys()].pop());
      const file = last.array.file(last);
      /** @type {[Chunk, () => void][]} */
      const batch = [...this.waiting].filter(([chunk]) => chunk.array.file(chunk) === file);
      for (const [chunk] of batch) this.waiting.delete(chunk);
      this.running++;
      this.fetchAll(
        file,
        batch.map(([chunk]) => chunk),
      )
        .catch((error) => {
          for (const [chunk] of batch) if (!chunk.here) chunk.failed = performance.now() + RETRY;
          this.tell("Could not read " + file + ": " + error.message);
        })
        .finally(() => {
          for (const [chunk, done] of batch) {
            chunk.coming = null;
            done();
          }
          this.running--;
          this.arrived();
          this.pump();
        });
    }
  }

  /** Chunks of one file: those that lie side by side come as one range. @param {string} file @param {Chunk[]} chunks */
  async fetchAll(file, chunks) {
    const index = await this.index(file, chunks[0].array);
    const places = chunks.map((chunk) => ({ chunk, ...chunk.array.place(chunk, index) })).sort((a, b) => a.first - b.first);
    /** @type {(typeof places)[]} */
    const runs = [];
    for (const place of places) {
      const run = runs[runs.length - 1];
      if (place.size === 0) await this.keep(place.chunk, new Uint8Array(place.chunk.array.cells));
      else if (run && place.first === run[run.length - 1].first + run[run.length - 1].size && place.first + place.size - run[0].first < LONGEST)
        run.push(place);
      else runs.push([place]);
    }
    await Promise.all(
      runs.map(async (run) => {
        const start = run[0].first;
        const end = run[run.length - 1].first + run[run.length - 1].size;
        const bytes = await this.bytes(file, start, end);
        for (const { chunk, first, size } of run) await this.keep(chunk, await gunzip(bytes.subarray(first - start, first - start + size)));
      }),
    );
  }

  /** @param {Chunk} chunk @param {Uint8Array} bytes */
  async keep(chunk, bytes) {
    chunk.fill(bytes);
    this.kept.add(chunk);
    this.used += chunk.bytes;
    for (const old of this.kept) {
      if (this.used <= ROOM || old === chunk) break;
      this.kept.delete(old);
      this.used -= old.bytes;
      old.array.drop(old);
    }
  }

  /** Where the chunks of a file lie: its first bytes. @param {string} file @param {FarArray} array */
  index(file, array) {
    let found = this.indices.get(file);
    if (!found) {
      found = this.bytes(file, 0, array.indexBytes).then((bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      this.indices.set(file, found);
      found.catch(() => this.indices.delete(file));
    }
    return found;
  }

  /** @param {string} file @param {number} first @param {number} end @returns {Promise<Uint8Array>} */
  async bytes(file, first, end) {
    const whole = this.wholes.get(file);
    if (whole) return (await whole).subarray(first, end);
    const response = await fetch(file, { headers: { Range: "bytes=" + first + "-" + (end - 1) } });
    if (!response.ok) throw new Error("the host answered " + response.status);
    if (response.status === 206) return new Uint8Array(await response.arrayBuffer());
    this.tell("This host sends whole files where a part was asked for (it has no HTTP ranges), so places come slowly.");
    const coming = response.arrayBuffer().then((buffer) => new Uint8Array(buffer));
    this.wholes.set(file, coming);
    if (this.wholes.size > 4) this.wholes.delete(/** @type {string} */ (this.wholes.keys().next().value));
    return (await coming).subarray(first, end);
  }
}

/** One array of the store, (rows, steps). */
export class FarArray {
  /** @param {Store} store @param {Spec} spec @param {string} folder @param {Kind} kind */
  constructor(store, spec, folder, kind) {
    this.store = store;
    this.spec = spec;
    this.folder = folder + spec.path;
    this.kind = kind;
    this.down = Math.ceil(spec.rows / spec.chunk[0]);
    this.across = spec.shard / spec.chunk[1];
    this.indexBytes = this.down * this.across * 16;
    this.cells = spec.chunk[0] * spec.chunk[1] * (kind === "words" ? 2 : 1);
    /** @type {Map<number, Chunk>} */
    this.chunks = new Map();
  }

  /** @param {Chunk} chunk */
  file(chunk) {
    return this.folder + "/c/" + (this.kind === "texts" ? "" : "0/") + Math.floor(chunk.column / this.across);
  }

  /** Where a chunk lies in its file; no size stands for a chunk that is all zeros. @param {Chunk} chunk @param {DataView} index */
  place(chunk, index) {
    const at = (chunk.row * this.across + (chunk.column % this.across)) * 16;
    const word = (/** @type {number} */ k) => index.getUint32(at + 4 * k, true);
    if (word(0) === 0xffffffff && word(1) === 0xffffffff) return { first: 0, size: 0 };
    return { first: word(0) + word(1) * 2 ** 32, size: word(2) };
  }

  /** A chunk, which is asked for if it is not here. @param {number} row @param {number} column */
  chunk(row, column) {
    const key = column * this.down + row;
    let chunk = this.chunks.get(key);
    if (!chunk) {
      chunk = new Chunk(this, row, column);
      this.chunks.set(key, chunk);
    }
    this.store.want(chunk);
    return chunk;
  }

  /** @param {Chunk} chunk */
  drop(chunk) {
    this.chunks.delete(chunk.column * this.down + chunk.row);
  }

  /** One number, or one string; undefined until it is here. @param {number} row @param {number} step @returns {any} */
  at(row, step) {
    const [high, wide] = this.spec.chunk;
    const chunk = this.chunk(Math.floor(row / high), Math.floor(step / wide));
    if (!chunk.here) return undefined;
    return (chunk.values || chunk.scales[0])[(row % high) * wide + (step % wide)];
  }
}
