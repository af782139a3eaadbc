// What is seen of a heatmap as SVG: cells of one colour that touch in a row are one rectangle of one path.

/** @param {import("./plot.js").Heatmap} map @param {string} title */
export function svgOf(map, title) {
  const { view, panel } = map;
  const choice = map.choice();
  const site = panel.site(choice);
  const rows = map.rows();
  const colors = panel.colors(choice).map((color) => "#" + color.map((x) => x.toString(16).padStart(2, "0")).join(""));
  const [x0, x1] = [Math.floor(view.x), Math.min(panel.steps, Math.ceil(view.x + view.w))];
  const [y0, y1] = [Math.floor(view.y), Math.min(rows.length, Math.ceil(view.y + view.h))];
  /** @type {Map<string, string[]>} */
  const paths = new Map();
  for (let y = y0; y < y1; y++) {
    const { units, signs } = rows[y];
    const edges = Int32Array.from({ length: x1 - x0 + 1 }, (_, i) => Math.min(panel.steps - 1, x0 + i));
    const sums = new Float32Array(x1 - x0);
    units.forEach((unit, i) => site.addRow(sums, unit, edges, signs[i]));
    for (let x = 0; x < sums.length;) {
      const color = colors[Math.round(sums[x] / units.length) + 255];
      let end = x + 1;
      while (end < sums.length && colors[Math.round(sums[end] / units.length) + 255] === color) end++;
      if (!paths.has(color)) paths.set(color, []);
      /** @type {string[]} */ (paths.get(color)).push("M" + x + " " + (y - y0) + "h" + (end - x) + "v1h" + (x - end) + "z");
      x = end;
    }
  }
  const safe = title.replace(/[&<>"]/g, (sign) => "&#" + sign.charCodeAt(0) + ";");
  const [w, h] = [x1 - x0, y1 - y0];
  const scale = Math.max(1, Math.round(1200 / w));
  const shapes = Array.from(paths, ([color, parts]) => '<path fill="' + color + '" d="' + parts.join("") + '"/>').join("\n");
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ' +
    w +
    " " +
    h +
    '" width="' +
    w * scale +
    '" height="' +
    h * scale +
    '" preserveAspectRatio="none" shape-rendering="crispEdges">\n<title>' +
    safe +
    "</title>\n" +
    shapes +
    "\n</svg>\n"
  );
}
