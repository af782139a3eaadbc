// Colours: from a palette's few to one for every level, and ink that can be read on it.

/** @typedef {[number, number, number]} Rgb */

/** @param {string} hex @returns {Rgb} */
export const rgb = (hex) => [parseInt(hex.slice(0, 2), 16), parseInt(hex.slice(2, 4), 16), parseInt(hex.slice(4, 6), 16)];

/** The colour at `share` of the way from the first to the last. @param {Rgb[]} stops @param {number} share @returns {Rgb} */
export function mix(stops, share) {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  const part = place - low;
  return /** @type {Rgb} */ (stops[low].map((x, i) => Math.round(x + part * (stops[low + 1][i] - x))));
}

/** @param {Rgb} color */
export const css = (color) => "rgb(" + color.join() + ")";

/** Black or white, whichever stands out more (WCAG 2 contrast). @param {Rgb} color */
export function inkOn(color) {
  const [r, g, b] = color.map((x) => (x <= 10 ? x / 3294 : ((x / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

/** A value as it is written: few digits, a true minus. @param {number} value */
export function wording(value) {
  const text = Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}
