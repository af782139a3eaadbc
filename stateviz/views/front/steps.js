// A small network, stepped through: the line that ran, the numbers it read, and the numbers it made.
import { readJson } from "./blocks.js";
import { css, inkOn, mix, rgb } from "./colors.js";
import { glyphs } from "./tokens.js";

/** @typedef {number | number[] | number[][]} Value */
/** @typedef {{name: string, weights: Record<string, Value>, start: Record<string, Value>, stages: [number, number, number, Value][], loss: number, after: number | null}} Network */
/** @typedef {Record<string, Value>} Values */

const PHASES = ["forward", "backward", "update", "after"];
const SAID = ["forward", "backward: how the loss changes with each number", "update: against the gradient", "forward again, with the new weights"];
const BLUES = ["b35806", "f1a340", "fee0b6", "f7f7f7", "d1e5f0", "67a9cf", "2166ac"].map(rgb);
const NAME = /[A-Za-z]\w*/g;

/** The name that a line sets. @param {string} line */
export const nameOf = (line) => line.split(/[ []/)[0];

/** What is known after each stage: every name with its newest value. @param {Network} network @param {string[]} lines */
export function replay(network, lines) {
  /** @type {Values[]} */
  const after = [];
  /** @type {Values[]} */
  const ends = [];
  /** @type {Values} */
  let now = { ...network.weights, ...network.start };
  const states = Object.keys(network.start);
  let starts = network.start;
  let [phase, step] = [-1, -2];
  for (const [kind, at, line, value] of network.stages) {
    if (kind !== phase || at !== step) {
      if (PHASES[phase] === "forward") ends[step] = { ...now };
      if (PHASES[kind] === "forward" || PHASES[kind] === "after") {
        const before = now;
        if (at === 0 && PHASES[kind] === "after") starts = Object.fromEntries(states.map((name) => [name, before[name]]));
        now = Object.fromEntries(Object.keys(network.weights).map((name) => [name, before[name]]));
        for (const name of states) now[name] = at === 0 ? starts[name] : before[name.slice(0, -1)];
        if (at > 0) now.total = before.total;
      } else if (PHASES[kind] === "backward") {
        const gradients = Object.entries(now).filter(([name]) => name[0] === "d" && Object.keys(network.weights).includes(name.slice(1)));
        const later = states.filter((name) => now["d" + name] !== undefined).map((name) => ["d" + name.slice(0, -1), now["d" + name]]);
        now = { ...ends[at], ...Object.fromEntries([...gradients, ...later]) };
      } else if (PHASES[phase] === "backward") {
        for (const name of states) now[name] = starts[name];
      }
      [phase, step] = [kind, at];
    }
    now = { ...now, [nameOf(lines[line])]: value };
    after.push(now);
  }
  return after;
}

/** @param {Value} value @returns {number[][]} */
const grid = (value) =>
  typeof value === "number" ? [[value]] : typeof value[0] === "number" ? /** @type {number[]} */ (value).map((x) => [x]) : /** @type {number[][]} */ (value);

/** A number in few digits: two behind the point, one that counts where it is small. @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  const text =
    value === Math.round(value) || size >= 99.5
      ? value.toFixed(0)
      : size >= 0.095
        ? value.toFixed(2)
        : size >= 0.0005
          ? String(Number(value.toPrecision(1)))
          : value.toExponential(0);
  return text.replace(/-/g, "−");
}

/** How one number of a result came about, from what was known before. @param {string} line @param {number} i @param {number} j @param {Values} known @param {Values} after */
export function workings(line, i, j, known, after) {
  const [target, right] = line.split(" = ");
  const at = (/** @type {string} */ name) => {
    const rows = grid(known[name]);
    return rows.length === 1 && rows[0].length === 1 ? rows[0][0] : rows[Math.min(i, rows.length - 1)][Math.min(j, rows[0].length - 1)];
  };
  const result = short(grid(after[nameOf(target)])[i][j]);
  const product = /^(\w+)(\.T)? @ (\w+)$/.exec(right);
  if (product) {
    const matrix = grid(known[product[1]]);
    const row = product[2] ? matrix.map((one) => one[i]) : matrix[i];
    const vector = grid(known[product[3]]).map((one) => one[0]);
    return row.map((x, k) => short(x) + " × " + short(vector[k])).join(" + ") + " = " + result;
  }
  const worked = right
    .replace(/outer\((\w+), (\w+)\)/, (_, a, b) => "(" + short(grid(known[a])[i][0]) + " × " + short(grid(known[b])[j][0]) + ")")
    .replace(
      /(\w+)\.T @ (-?\w+)/,
      (_, a, b) =>
        "(" +
        grid(known[a])
          .map((row, k) => short(row[i]) + " × " + short(grid(known[b])[k][0]))
          .join(" + ") +
        ")",
    )
    .replace(NAME, (name, place, all) =>
      all[place + name.length] === "(" ? name : known[name] !== undefined ? short(at(name)) : name[0] === "d" ? "0" : name,
    );
  return worked + " = " + result;
}

/** @param {any} header @param {Network[]} networks */
export function stepper(header, networks) {
  /** @type {string[]} */
  const lines = header.lines;
  const stages = networks[0].stages;
  const known = networks.map((one) => replay(one, lines));
  const state = { at: 0, playing: 0, lit: "", cell: /** @type {[number, string, number, number] | null} */ (null) };
  const element = (/** @type {string} */ name, /** @type {string} */ className = "", /** @type {string} */ text = "") => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };
  const head = element("header");
  head.append(element("h1", "", header.title), element("p", "", header.note));
  const bar = element("div", "bar");
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Play and step");
  head.append(bar);
  const main = element("main", "stepping");
  const said = element("output", "status");
  said.setAttribute("aria-live", "polite");
  document.body.append(head, main, said);
  const move = (/** @type {number} */ to) => {
    state.at = Math.min(stages.length - 1, Math.max(0, to));
    state.cell = null;
    draw();
  };
  const stop = () => {
    clearInterval(state.playing);
    state.playing = 0;
  };
  const play = () => {
    if (state.playing) stop();
    else {
      if (state.at === stages.length - 1) state.at = 0;
      state.playing = Number(setInterval(() => (state.at < stages.length - 1 ? move(state.at + 1) : (stop(), draw())), Number(speed.value)));
    }
    draw();
  };
  const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ act) => {
    const made = /** @type {HTMLButtonElement} */ (element("button", "", name));
    made.type = "button";
    made.title = label;
    if (!/[a-z]/.test(name)) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    bar.append(made);
    return made;
  };
  const [first, second] = [stages.findIndex((one) => PHASES[one[0]] === "backward"), stages.findIndex((one) => PHASES[one[0]] === "after")];
  button("|◀", "To the start (Home)", () => move(0));
  button("◀", "One line back (left arrow)", () => move(state.at - 1));
  const playing = button("▶", "Play (space)", play);
  button("▶|", "One line on (right arrow)", () => move(state.at + 1));
  button("next step", "To the next time step (down arrow)", () => move(nextStep(1)));
  if (first > 0) button("backward", "To the backward pass", () => move(first));
  if (second > 0) button("after", "To the pass with the new weights", () => move(second));
  const speed = document.createElement("select");
  for (const [name, milliseconds] of [
    ["slow", 1600],
    ["medium", 700],
    ["fast", 200],
  ])
    speed.append(new Option(String(name), String(milliseconds), name === "medium", name === "medium"));
  speed.addEventListener("change", () => state.playing && (stop(), play()));
  const slow = element("label", "", "speed ");
  slow.append(speed);
  const slider = document.createElement("input");
  slider.type = "range";
  slider.max = String(stages.length - 1);
  slider.setAttribute("aria-label", "Line");
  slider.addEventListener("input", () => move(Number(slider.value)));
  bar.append(slow, slider);
  const reading = element("div", "reading");
  const code = element("div", "code");
  const shown = element("div", "networks");
  main.append(reading, code, shown);

  /** The first line of the next time step, or of the one before. @param {number} way */
  function nextStep(way) {
    const [kind, step] = stages[state.at];
    let to = state.at;
    while (to + way >= 0 && to + way < stages.length && stages[to][0] === kind && stages[to][1] === step) to += way;
    return to;
  }

  /** The lines around the one that ran: those of its phase and time step. */
  function around() {
    const [kind, step] = stages[state.at];
    let from = state.at;
    while (from > 0 && stages[from - 1][0] === kind && stages[from - 1][1] === step) from--;
    let to = state.at;
    while (to + 1 < stages.length && stages[to + 1][0] === kind && stages[to + 1][1] === step) to++;
    return [from, to];
  }

  /** A line of code whose names light up their matrices. @param {string} line */
  function spans(line) {
    const made = element("code");
    let end = 0;
    for (const found of line.matchAll(NAME)) {
      made.append(line.slice(end, found.index));
      end = found.index + found[0].length;
      const called = line[end] === "(" || found[0] === "T";
      const part = element("span", called ? "call" : "name", found[0]);
      if (!called) {
        part.dataset.v = found[0];
        part.tabIndex = 0;
      }
      made.append(part);
    }
    made.append(line.slice(end));
    return made;
  }

  /** One variable as a grid of numbers. @param {number} which @param {string} name @param {Value} value @param {number} limit */
  function matrix(which, name, value, limit) {
    const box = element("figure", "matrix");
    box.dataset.v = name;
    const rows = grid(value);
    const size = rows.length === 1 && rows[0].length === 1 ? "" : " " + rows.length + (rows[0].length > 1 ? "×" + rows[0].length : "");
    const caption = element("figcaption", "", name);
    caption.append(element("small", "", size));
    box.append(caption);
    const table = element("div", "cells");
    table.style.gridTemplateColumns = "repeat(" + rows[0].length + ", auto)";
    rows.forEach((row, i) =>
      row.forEach((number, j) => {
        const cell = element("span", "", rows.length * row.length > 300 ? "" : short(number));
        const color = mix(BLUES, 0.5 + number / (2 * limit));
        cell.style.background = css(color);
        cell.style.color = inkOn(color);
        cell.dataset.at = [which, name, i, j].join();
        cell.title = String(number);
        table.append(cell);
      }),
    );
    box.append(table);
    return box;
  }

  /** The largest magnitude among weights and states, at least 1; gradients have their own. @param {number} which @param {boolean} gradient */
  function limitOf(which, gradient) {
    let most = gradient ? 1e-6 : 1;
    for (const [name, value] of Object.entries(known[which][state.at])) {
      if (name === "total" || name === "loss" || (name[0] === "d" && name.length > 1) !== gradient) continue;
      for (const row of grid(value)) for (const number of row) most = Math.max(most, Math.min(4, Math.abs(number)));
    }
    return most;
  }

  function draw() {
    const [kind, step, line] = stages[state.at];
    slider.value = String(state.at);
    playing.textContent = state.playing ? "❚❚" : "▶";
    reading.replaceChildren();
    header.tokens.forEach((/** @type {string} */ token, /** @type {number} */ t) => {
      const column = element("div", t === step ? "now" : "");
      column.append(element("b", "", glyphs(token, true)), element("span", "", "↓"), element("i", "", glyphs(header.targets[t], true)));
      reading.append(column);
    });
    const where = step < 0 ? "" : ", time step " + (step + 1) + " of " + header.tokens.length;
    code.replaceChildren(element("h2", "", SAID[kind] + where));
    const list = element("ol");
    const [from, to] = around();
    for (let at = from; at <= to; at++) {
      const item = element("li", at === state.at ? "active" : at < state.at ? "done" : "");
      item.append(spans(lines[stages[at][2]]));
      list.append(item);
    }
    code.append(list);
    shown.replaceChildren(...networks.map((one, which) => network(one, which, lines[line])));
    tell(lines[line]);
    light();
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Network} one @param {number} which @param {string} line */
  function network(one, which, line) {
    const box = element("section", "network");
    const now = known[which][state.at];
    const before = state.at ? known[which][state.at - 1] : { ...one.weights, ...one.start };
    if (one.name) box.append(element("h2", "", one.name));
    const target = nameOf(line);
    const used = [...line.split(" = ").slice(1).join("=").matchAll(NAME)]
      .map((found) => found[0])
      .filter((name) => before[name] !== undefined || now[name] !== undefined);
    const focus = element("div", "focus");
    focus.append(matrix(which, target, now[target], limitOf(which, target[0] === "d" && target.length > 1)), element("span", "sign", "="));
    let end = line.indexOf(" = ") + 3;
    for (const found of line.slice(end).matchAll(NAME)) {
      const place = line.indexOf(" = ") + 3 + found.index;
      const between = line.slice(end, place);
      if (between) focus.append(element("span", "sign", between.replace("@", "×").replace("*", "·")));
      end = place + found[0].length;
      const value = before[found[0]];
      // Before anything has come back to a name, how the loss changes with it counts as 0.
      if (value === undefined || line[end] === "(") focus.append(element("span", "sign", found[0][0] === "d" && now[found[0]] !== undefined ? "0" : found[0]));
      else focus.append(matrix(which, found[0], value, limitOf(which, found[0][0] === "d" && found[0].length > 1)));
    }
    if (end < line.length) focus.append(element("span", "sign", line.slice(end)));
    box.append(focus);
    const all = element("div", "all");
    for (const [name, value] of Object.entries(now)) {
      const made = matrix(which, name, value, limitOf(which, name[0] === "d" && name.length > 1));
      if (name === target) made.classList.add("made");
      else if (used.includes(name)) made.classList.add("used");
      all.append(made);
    }
    box.append(all);
    const after = one.after === null ? "" : " · after the update " + one.after.toFixed(4);
    if (PHASES[stages[state.at][0]] === "after" || one.after === null)
      box.append(element("p", "", "loss over all steps " + one.loss.toFixed(4) + after + " nats"));
    return box;
  }

  /** What the line does in words of numbers: of the cell that is pointed at, else of the first. @param {string} line */
  function tell(line) {
    const which = state.cell ? state.cell[0] : 0;
    const [i, j] = state.cell ? [state.cell[2], state.cell[3]] : [0, 0];
    let at = state.at;
    if (state.cell) {
      const name = state.cell[1];
      while (at >= 0 && nameOf(lines[stages[at][2]]) !== name) at--;
      if (at < 0 || known[which][at][name] !== known[which][state.at][name]) {
        said.textContent =
          name + "[" + i + (grid(known[which][state.at][name])[0].length > 1 ? ", " + j : "") + "] = " + short(grid(known[which][state.at][name])[i][j]);
        return;
      }
    }
    const here = state.cell ? lines[stages[at][2]] : line;
    const before = at ? known[which][at - 1] : { ...networks[which].weights, ...networks[which].start };
    const numbers = { ...before, ...constants(at) };
    said.textContent = here + ":   " + workings(here, i, j, numbers, known[which][at]);
  }

  /** The symbol that is read, the one that follows, and how many steps there are. @param {number} at @returns {Values} */
  function constants(at) {
    const step = stages[at][1];
    return step < 0 ? { rate: header.rate } : { symbol: header.ids[step], target: header.ids[step + 1], steps: header.tokens.length, rate: header.rate };
  }

  function light() {
    document.querySelectorAll("[data-v]").forEach((one) => one.classList.toggle("lit", /** @type {HTMLElement} */ (one).dataset.v === state.lit));
  }

  const over = (/** @type {Event} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const named = /** @type {HTMLElement | null} */ (target.closest("[data-v]"));
    state.lit = named ? named.dataset.v || "" : "";
    light();
    const at = target.dataset.at;
    if (!at) return;
    const [which, name, i, j] = at.split(",");
    state.cell = [Number(which), name, Number(i), Number(j)];
    tell(lines[stages[state.at][2]]);
  };
  main.addEventListener("mouseover", over);
  main.addEventListener("focusin", over);
  addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": play,
      ArrowRight: () => move(state.at + 1),
      ArrowLeft: () => move(state.at - 1),
      ArrowDown: () => move(nextStep(1)),
      ArrowUp: () => move(nextStep(-1)),
      Home: () => move(0),
      End: () => move(stages.length - 1),
    };
    if (!keys[event.key] || (event.key === " " && event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    keys[event.key]();
  });
  draw();
  return { state, move, play, known, ready: Promise.resolve() };
}

export const boot = async () => {
  const header = await readJson("header");
  Object.assign(window, { stateviz: stepper(header, await readJson("b1")) });
};
