// What a page holds: one header, and blocks of bytes that are unpacked when they are asked for.

/** @param {string} text @returns {Uint8Array} */
export function fromBase64(text) {
  const fast = /** @type {any} */ (Uint8Array).fromBase64;
  if (fast) return fast.call(Uint8Array, text);
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export async function inflate(bytes) {
  const stream = new Blob([/** @type {BlobPart} */ (bytes)]).stream();
  const plain = stream.pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

const parsed = () =>
  new Promise((done) => {
    if (document.readyState !== "loading") done(null);
    else document.addEventListener("DOMContentLoaded", done, { once: true });
  });

/** The bytes of a block; those that stand behind the script are waited for. @param {string} id */
export async function readBlock(id) {
  if (!document.getElementById(id)) await parsed();
  const element = /** @type {HTMLElement} */ (document.getElementById(id));
  return inflate(fromBase64(element.textContent || ""));
}

/** @param {string} id @returns {Promise<any>} */
export async function readJson(id) {
  return JSON.parse(new TextDecoder().decode(await readBlock(id)));
}

/** Sixteen-bit numbers, low byte first. @param {string} id */
export async function readWords(id) {
  return new Uint16Array((await readBlock(id)).buffer);
}

/** Levels packed several to a byte, each row anew, as bytes 0 to 255.
 * @param {Uint8Array} packed @param {number} rows @param {number} columns @param {number} bits @param {number} levels
 */
export function unpack(packed, rows, columns, bits, levels) {
  const scale = 255 / (levels - 1);
  const out = new Uint8Array(rows * columns);
  const each = bits === 1 ? 8 : bits <= 4 ? 2 : 1;
  const width = 8 / each;
  const mask = (1 << width) - 1;
  const stride = Math.ceil(columns / each);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const byte = packed[row * stride + Math.floor(column / each)];
      const level = (byte >> (8 - width * (1 + (column % each)))) & mask;
      out[at++] = Math.round(level * scale);
    }
  }
  return out;
}
