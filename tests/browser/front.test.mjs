// The parts of a page that need no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { fromBase64, inflate, unpack } from "../../stateviz/views/front/blocks.js";
import { means, scalesOf, Site } from "../../stateviz/views/front/cells.js";
import { inkOn, mix, rgb, wording } from "../../stateviz/views/front/colors.js";
import { levelOf } from "../../stateviz/views/front/folder.js";
import { orderByUnit, placeOf, rowsOf } from "../../stateviz/views/front/rows.js";
import { halved, readTexts } from "../../stateviz/views/front/store.js";
import { nameOf, replay, short, workings } from "../../stateviz/views/front/steps.js";
import { breakLines, glyphs, search } from "../../stateviz/views/front/tokens.js";

test("blocks come back as they were packed", async () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 256);
  const text = Buffer.from(deflateRawSync(bytes)).toString("base64");
  assert.deepEqual(await inflate(fromBase64(text)), bytes);
});

test("levels are unpacked row by row, whatever the number of bits", () => {
  assert.deepEqual([...unpack(Uint8Array.of(0b10100000, 0b01000000), 2, 3, 1, 2)], [255, 0, 255, 0, 255, 0]);
  assert.deepEqual([...unpack(Uint8Array.of(0x1f, 0x20), 1, 3, 4, 16)], [17, 255, 34]);
  assert.deepEqual([...unpack(Uint8Array.of(0, 63), 1, 2, 6, 64)], [0, 255]);
});

test("means over steps, the last bucket over what is left", () => {
  assert.deepEqual([...means(Uint8Array.of(0, 10, 20, 30, 100, 100), 1, 6, 4)], [15, 100]);
});

/** @param {number[][]} rows */
function site(rows, extra = {}) {
  const header = {
    name: "h",
    units: rows.map((_, i) => i),
    binary: false,
    off: 0,
    low: -1,
    step: 2 / 62,
    levels: 64,
    bits: 6,
    limits: [-1, 1],
    tile: 4096,
    tiles: ["t1"],
    overview: "",
    buckets: 1,
    error: 0,
    scale: "signed",
    ...extra,
  };
  const made = new Site(/** @type {any} */ (header), rows[0].length);
  const cells = Uint8Array.from(rows.flat(), (value) => Math.round(((value - header.low) / header.step) * (255 / (header.levels - 1))));
  made.tiles[0] = { columns: rows[0].length, scales: [cells, cells, cells] };
  return made;
}

test("a pixel is the mean of its steps, from near and from afar, across tiles, and of the overview where a tile is not there", () => {
  const [units, steps, tile] = [3, 9000, 4096];
  const value = (/** @type {number} */ unit, /** @type {number} */ step) => Math.round(127 + 100 * Math.sin(step / 300 + unit));
  const made = site([[0], [0], [0]], { tiles: ["t1", "t2", "t3"], buckets: 90, overview: "b1" });
  made.steps = steps;
  made.overview = Uint8Array.from({ length: units * 90 }, (_, i) => value(Math.floor(i / 90), (i % 90) * 100 + 50));
  for (const k of [0, 2]) {
    const columns = Math.min(tile, steps - k * tile);
    const cells = Uint8Array.from({ length: units * columns }, (_, i) => value(Math.floor(i / columns), k * tile + (i % columns)));
    made.tiles[k] = { columns, scales: scalesOf(cells, units, columns) };
  }
  for (const each of [1, 3, 7, 30, 90, 400]) {
    const edges = Int32Array.from({ length: Math.floor(steps / each) + 1 }, (_, x) => Math.min(steps - 1, x * each));
    for (const unit of [0, 2]) {
      const sums = new Float32Array(edges.length - 1);
      made.addRow(sums, unit, edges, 1);
      sums.forEach((sum, x) => {
        let mean = 0;
        for (let step = x * each; step < (x + 1) * each; step++) mean += value(unit, step) / each;
        const across = Math.floor((x * each) / tile) !== Math.floor((x * each + each) / tile) || Math.floor((x * each) / tile) === 1;
        assert.ok(Math.abs(sum - mean) < (across ? 40 + each / 4 : 2 + each / 8), unit + " " + each + " " + x + ": " + sum + " for " + mean);
      });
    }
  }
});

test("texts of a store are read by their lengths in bytes", () => {
  const pieces = ["é", "", "</script>"].map((text) => Buffer.from(text));
  const number = (/** @type {number} */ n) => Buffer.from(Uint32Array.of(n).buffer);
  const bytes = Buffer.concat([number(3), ...pieces.flatMap((piece) => [number(piece.length), piece])]);
  assert.deepEqual(readTexts(new Uint8Array(bytes)), ["é", "", "</script>"]);
});

test("the level that is read has columns no wider than a pixel, and halves keep what they are of", () => {
  assert.deepEqual(
    [0.5, 1, 7, 8, 63, 64, 511, 512, 1e9].map((steps) => levelOf(steps, 8, 4)),
    [0, 0, 0, 1, 1, 2, 2, 3, 3],
  );
  const cells = Uint8Array.of(1, 3, 9, 5, 0, 2, 7, 7);
  assert.deepEqual(
    /** @type {const} */ (["mean", "minimum", "maximum"]).map((kind) => [...halved(cells, 2, 4, kind)]),
    [
      [2, 7, 1, 7],
      [1, 5, 0, 7],
      [3, 9, 2, 7],
    ],
  );
});

test("zero is exact, and a flipped unit is the negative of what it was", () => {
  const one = site([[0, 0.5, -1]]);
  assert.equal(one.value(0, 0), 0);
  assert.ok(Math.abs(one.value(0, 1, -1) + one.value(0, 1)) < 1e-12);
  const binary = site([[0, 1]], { binary: true, low: 0, step: 1, levels: 2, off: -1 });
  assert.deepEqual([binary.value(0, 0), binary.value(0, 1), binary.value(0, 0, -1)], [-1, 1, 1]);
});

test("a pixel over many steps has their mean, and a flip mirrors it about zero", () => {
  const one = site([[1, -1, 1, -1]]);
  const sums = new Float32Array(1);
  one.addRow(sums, 0, Int32Array.of(0, 4), 1);
  assert.ok(Math.abs(sums[0] - one.zero) <= 2.1);
  const plain = new Float32Array(1);
  const flipped = new Float32Array(1);
  one.addRow(plain, 0, Int32Array.of(0, 1), 1);
  one.addRow(flipped, 0, Int32Array.of(0, 1), -1);
  assert.ok(Math.abs(plain[0] + flipped[0] - 2 * one.zero) < 1e-3);
});

test("units by likeness to one: itself first, its opposite last", () => {
  const one = site([
    [1, -1, 1, -1],
    [-1, 1, -1, 1],
    [1, -1, 1, 1],
  ]);
  assert.deepEqual(orderByUnit(0, one.likeness(0), "x").rows, [0, 2, 1]);
});

test("groups fold into a row each", () => {
  const order = { name: "x", rows: [2, 0, 1], signs: [1, -1, 1], breaks: [1] };
  assert.deepEqual(
    rowsOf(order, new Set()).map((row) => row.units),
    [[2], [0], [1]],
  );
  const folded = rowsOf(order, new Set([1]));
  assert.deepEqual(folded[1], { units: [0, 1], signs: [-1, 1], group: 1 });
  assert.equal(placeOf(folded, 1), 1);
});

test("every token is drawn, and none can turn or hide what stands beside it", () => {
  assert.equal(glyphs("\n"), "↵");
  assert.equal(glyphs("\u202e"), "[202E]");
  assert.equal(glyphs("\u0000"), "␀");
  assert.equal(glyphs("\u0301"), "◌\u0301");
  assert.equal(glyphs(""), "∅");
  assert.equal(glyphs("👩‍🚀"), "👩‍🚀");
  assert.ok(glyphs("x".repeat(1e6)).length < 50);
});

test("lines hold every token once, break after spaces and at newlines", () => {
  const tokens = [..."one two\nthree"];
  const starts = breakLines(tokens, () => 1, 5);
  assert.equal(starts[0], 0);
  assert.equal(starts.at(-1), tokens.length);
  const lines = Array.from({ length: starts.length - 1 }, (_, i) => tokens.slice(starts[i], starts[i + 1]).join(""));
  assert.deepEqual(lines, ["one ", "two\n", "three"]);
  assert.deepEqual([...breakLines(["wide"], () => 100, 5)], [0, 1]);
});

test("a phrase is found across tokens", () => {
  assert.deepEqual(search(["the", " jus", "t", " shall"], "just"), [[1, 2]]);
  assert.deepEqual(search(["aa", "a"], "aa"), [
    [0, 0],
    [0, 1],
  ]);
  assert.deepEqual(search(["a"], ""), []);
});

test("colours between stops, and ink that can be read on them", () => {
  assert.deepEqual(
    mix(
      [
        [0, 0, 0],
        [100, 200, 0],
      ],
      0.5,
    ),
    [50, 100, 0],
  );
  assert.deepEqual(rgb("ff8000"), [255, 128, 0]);
  assert.equal(inkOn([250, 245, 235]), "#000");
  assert.equal(inkOn([20, 40, 90]), "#fff");
  assert.equal(wording(-0.12345), "−0.123");
});

test("a line's numbers are worked out in full", () => {
  const known = {
    U: [
      [1, 2],
      [3, 4],
    ],
    x: [1, 0.5],
    dU: [
      [0, 0],
      [0, 0],
    ],
    du: [2, 3],
    z: [0.5, 1],
  };
  assert.equal(workings("u = U @ x", 1, 0, known, { u: [2, 5] }), "3 × 1 + 4 × 0.50 = 5");
  assert.equal(workings("dx = dx + U.T @ du", 0, 0, known, { dx: [11, 16] }), "0 + (1 × 2 + 3 × 3) = 11");
  assert.equal(
    workings("dU = dU + outer(du, x)", 1, 1, known, {
      dU: [
        [2, 1],
        [3, 1.5],
      ],
    }),
    "0 + (3 × 0.50) = 1.50",
  );
  assert.equal(workings("h = tanh(z)", 1, 0, known, { h: [0.46, 0.76] }), "tanh(1) = 0.76");
  assert.deepEqual([short(-0.004), short(0.00002), short(120.4), short(1), short(0.5)], ["−0.004", "2e−5", "120", "1", "0.50"]);
  assert.equal(nameOf("dE[symbol] = dE[symbol] + dx"), "dE");
});

test("what is known follows the states from step to step, and the gradients back", () => {
  const lines = ["h = tanh(h0)", "dh0 = dh0 + dh", "W = W - rate * dW"];
  const network = {
    name: "",
    weights: { W: 1 },
    start: { h0: 0 },
    stages: [
      [0, 0, 0, 5],
      [0, 1, 0, 6],
      [1, 1, 1, 7],
      [1, 0, 1, 8],
      [2, -1, 2, 9],
      [3, 0, 0, 1],
    ],
    loss: 1,
    after: 1,
  };
  const known = replay(network, lines);
  assert.deepEqual(known[0], { W: 1, h0: 0, h: 5 });
  assert.equal(known[1].h0, 5);
  assert.deepEqual([known[2].h, known[2].h0], [6, 5]);
  assert.deepEqual([known[3].h, known[3].dh], [5, 7]);
  assert.equal(known[5].W, 9);
  assert.equal(known[5].h0, 0);
});
