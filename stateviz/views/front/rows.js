// Which units stand in which row: an order, its flips, and groups that are folded into one row each.

/** @typedef {{name: string, rows: number[], signs: number[] | null, breaks: number[], site?: string}} Order */
/** @typedef {{units: number[], signs: number[], group: number}} Row */

/** @param {Order} order @param {Set<number>} folded @returns {Row[]} */
export function rowsOf(order, folded) {
  const edges = [0, ...order.breaks, order.rows.length];
  const sign = (/** @type {number} */ place) => (order.signs ? order.signs[place] : 1);
  const out = [];
  for (let group = 0; group + 1 < edges.length; group++) {
    const places = Array.from({ length: edges[group + 1] - edges[group] }, (_, i) => edges[group] + i);
    const shown = folded.has(group) ? [places] : places.map((place) => [place]);
    for (const row of shown) out.push({ units: row.map((place) => order.rows[place]), signs: row.map(sign), group });
  }
  return out;
}

/** Units by how like they are to one, likest first; those that are likest with the other sign come last.
 * @param {number} unit @param {number[]} likeness @param {string} name @returns {Order}
 */
export function orderByUnit(unit, likeness, name) {
  const rows = likeness.map((_, i) => i).sort((a, b) => (b === unit ? 1 : 0) - (a === unit ? 1 : 0) || likeness[b] - likeness[a] || a - b);
  return { name, rows, signs: null, breaks: [] };
}

/** The row that shows a unit; -1 where none does. @param {Row[]} rows @param {number} unit */
export const placeOf = (rows, unit) => rows.findIndex((row) => row.units.includes(unit));
