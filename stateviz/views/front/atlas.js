// The index of an atlas: rows are sorted by the column that is pressed, and kept if they hold what is searched for.

/** What rows are sorted by: numbers as numbers, all else as text. @param {string} text */
export function sortKey(text) {
  const plain = text.trim().replace("−", "-").replace(/[,%]/g, "");
  const number = Number(plain);
  return plain !== "" && Number.isFinite(number) ? number : text.trim().toLowerCase();
}

/** Numbers before words, cells without either last. @param {string} a @param {string} b @param {boolean} down */
export function compareCells(a, b, down) {
  const empty = (/** @type {string} */ text) => (text.trim() === "" || text.trim() === "–" ? 1 : 0);
  if (empty(a) !== empty(b)) return empty(a) - empty(b);
  const [x, y] = [sortKey(a), sortKey(b)];
  const order = typeof x === "number" && typeof y === "number" ? x - y : typeof x === typeof y ? (x < y ? -1 : x > y ? 1 : 0) : typeof x === "number" ? -1 : 1;
  return down ? -order : order;
}

/** Whether a row holds every word that is searched for. @param {string} row @param {string} search */
export function holds(row, search) {
  const text = row.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Make the table of the page one to sort and to search. */
export function boot() {
  const table = document.querySelector("table");
  const body = table && table.tBodies[0];
  const names = table && table.tHead && table.tHead.rows[0];
  if (!table || !body || !names) return;
  const rows = [...body.rows];
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "search units and features";
  search.setAttribute("aria-label", search.placeholder);
  const told = document.createElement("output");
  search.addEventListener("input", () => {
    let count = 0;
    for (const row of rows) {
      row.hidden = !holds(row.textContent || "", search.value);
      count += row.hidden ? 0 : 1;
    }
    told.textContent = ` ${count} of ${rows.length}`;
  });
  const line = document.createElement("p");
  line.append(search, told);
  table.before(line);
  for (const [place, head] of [...names.cells].entries()) {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of names.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const text = (/** @type {HTMLTableRowElement} */ row) => row.cells[place].textContent || "";
      rows.sort((a, b) => compareCells(text(a), text(b), down));
      body.append(...rows);
    });
  }
}
