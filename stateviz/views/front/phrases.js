// Which units stay on over a phrase, and where else the same ones do: a bit a unit, 32 to a word.

/** @typedef {{start: number, stop: number, common: number, others: number, shared: Uint32Array}} Place */
/** @typedef {{words: Uint32Array, width: number, steps: number}} Index */

/** @param {number} word */
export function ones(word) {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Which units are on at each step. @param {(unit: number, step: number) => boolean} on @param {number} units @param {number} steps @returns {Index} */
export function indexOf(on, units, steps) {
  const width = Math.ceil(units / 32);
  const words = new Uint32Array(steps * width);
  for (let unit = 0; unit < units; unit++) {
    const bit = 1 << (unit & 31);
    for (let step = 0, at = unit >> 5; step < steps; step++, at += width) if (on(unit, step)) words[at] |= bit;
  }
  return { words, width, steps };
}

/** The units that are on from one step to before another. @param {Index} index @param {number} first @param {number} last */
export function throughout(index, first, last) {
  const { words, width } = index;
  const out = words.slice(first * width, (first + 1) * width);
  for (let step = first + 1; step < last; step++) for (let k = 0; k < width; k++) out[k] &= words[step * width + k];
  return out;
}

/** @param {Uint32Array} set */
export const count = (set) => set.reduce((sum, word) => sum + ones(word), 0);

/** The places of the units in a set. @param {Uint32Array} set */
export const members = (set) => Array.from({ length: set.length * 32 }, (_, i) => i).filter((i) => set[i >> 5] & (1 << (i & 31)));

/** The best places that keep apart, most units in common first, then fewest others, longest, first; none reaches over the border of two texts.
 * @param {Index} index @param {Uint32Array} chosen @param {[number, number]} span @param {number[]} breaks @param {number} most @returns {Place[]}
 */
export function placesOf(index, chosen, span, breaks, most) {
  const { width, steps, words } = index;
  const length = span[1] - span[0];
  const shared = new Uint16Array(Math.max(0, steps - length + 1));
  const used = Array.from(chosen.keys()).filter((k) => chosen[k]);
  for (let at = 0; at < shared.length; at++) {
    let sum = 0;
    for (const k of used) {
      let word = chosen[k];
      for (let step = at; step < at + length && word; step++) word &= words[step * width + k];
      sum += ones(word);
    }
    shared[at] = sum;
  }
  shared.fill(0, Math.max(0, span[0] - length + 1), span[1]);
  for (const border of breaks) shared.fill(0, Math.max(0, border - length + 1), border);
  // As many of the best as fill the list whatever overlaps: a place bars less than 2 * length starts.
  const ranked = new Map();
  for (const common of shared) if (common) ranked.set(common, (ranked.get(common) || 0) + 1);
  let [least, held] = [1, 0];
  for (const common of [...ranked.keys()].sort((a, b) => b - a)) {
    least = common;
    held += ranked.get(common);
    if (held >= most * 2 * length) break;
  }
  /** @type {Place[]} */
  const candidates = [];
  shared.forEach((common, start) => {
    if (common < least) return;
    const on = throughout(index, start, start + length);
    candidates.push({ start, stop: start + length, common, others: count(on) - common, shared: on.map((word, k) => word & chosen[k]) });
  });
  candidates.sort((a, b) => b.common - a.common || a.others - b.others || a.start - b.start);
  const taken = new Uint8Array(steps);
  const found = [];
  for (const place of candidates) {
    if (taken[place.start]) continue;
    const border = breaks.find((step) => step > place.start) ?? steps;
    while (place.stop < border && place.shared.every((word, k) => (words[place.stop * width + k] & word) >>> 0 === word)) place.stop++;
    found.push(place);
    taken.fill(1, Math.max(0, place.start - length + 1), place.start + length);
    if (found.length === most) break;
  }
  return found.sort((a, b) => b.common - a.common || a.others - b.others || b.stop - b.start - (a.stop - a.start) || a.start - b.start);
}
