// Pages in Chromium: every interaction on the files that PAGES holds, made by test_pages.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const folder = process.env.PAGES;
const truth = JSON.parse(readFileSync(folder + "/truth.json", "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--force-color-profile=srgb"] });
});
after(() => browser.close());

/** A page that is ready; what it complained of, or asked the network for, is in `wrong`. */
async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  // Reading pixels back is what these tests do, not the page.
  const ours = (text) => text.includes("willReadFrequently");
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && !ours(message.text()) && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => /^(file|blob|data):/.test(request.url()) || wrong.push("request " + request.url()));
  page.on("dialog", (dialog) => wrong.push("dialog") && dialog.dismiss());
  await page.goto("file://" + folder + "/" + name + ".html" + (options.hash || ""));
  await page.waitForFunction(() => window.stateviz);
  await page.evaluate(() => window.stateviz.ready);
  await settled(page);
  return { page, wrong, close: () => context.close() };
}

const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30)))));

/** Where the middle of a cell is on the canvas. */
const place = (page, unit, step) =>
  page.evaluate(
    ([u, t]) => {
      const map = window.stateviz.views[0];
      const row = map.rows().findIndex((one) => one.units.includes(u));
      return [map.xOf(t + 0.5), map.yOf(row + 0.5)];
    },
    [unit, step],
  );

const pixel = (page, x, y) =>
  page.evaluate(
    ([px, py]) => {
      const canvas = document.querySelector("canvas");
      const at = canvas.width / canvas.clientWidth;
      return [...canvas.getContext("2d").getImageData(Math.floor(px * at), Math.floor(py * at), 1, 1).data].slice(0, 3);
    },
    [x, y],
  );

for (const ratio of [1, 2]) {
  test("cells have the colours of their values at ratio " + ratio, async () => {
    const { page, wrong, close } = await open("heatmap", { deviceScaleFactor: ratio });
    for (const [unit, step, color] of truth.cells) assert.deepEqual(await pixel(page, ...(await place(page, unit, step))), color);
    assert.deepEqual(wrong, []);
    await close();
  });
}

test("hover tells character, unit, value and step; a click chooses, colours the text and links to the place", async () => {
  const { page, wrong, close } = await open("heatmap");
  const box = await page.locator("canvas").boundingBox();
  const [x, y] = await place(page, 12, 34);
  await page.mouse.move(box.x + x, box.y + y);
  assert.match(await page.locator(".status").textContent(), new RegExp("step 34 ‘" + truth.token34 + "’ · unit 12 · "));
  const color = await pixel(page, x, y);
  await page.mouse.click(box.x + x, box.y + y);
  await settled(page);
  assert.equal(await page.evaluate(() => location.hash), "#unit=12&step=34");
  assert.match(await page.locator(".status").textContent(), /unit 12 .*next: /);
  const shade = await page.locator(".text [data-t='34']").evaluate((token) => getComputedStyle(token).backgroundColor);
  assert.equal(shade, "rgb(" + color.join(", ") + ")");
  assert.deepEqual(wrong, []);
  await close();
});

test("a link opens at its place", async () => {
  const { page, close } = await open("heatmap", { hash: "#unit=7&step=100" });
  assert.deepEqual(await page.evaluate(() => [window.stateviz.state.unit, window.stateviz.state.step]), [7, 100]);
  await close();
});

test("the wheel zooms about the pointer, dragging pans, 0 shows all", async () => {
  const { page, close } = await open("heatmap");
  const box = await page.locator("canvas").boundingBox();
  const [x, y] = await place(page, 40, 150);
  const under = () => page.evaluate(([px, py]) => window.stateviz.views[0].at(px, py), [x, y]);
  const whole = await under();
  await page.mouse.move(box.x + x, box.y + y);
  for (let i = 0; i < 5; i++) await page.mouse.wheel(0, -200);
  await settled(page);
  assert.deepEqual(await under(), whole);
  const view = () => page.evaluate(() => ({ ...window.stateviz.views[0].view }));
  const near = await view();
  assert.ok(near.w < 100);
  await page.mouse.down();
  await page.mouse.move(box.x + x + 120, box.y + y, { steps: 4 });
  await page.mouse.up();
  assert.ok((await view()).x < near.x);
  await page.locator("canvas").press("0");
  assert.equal((await view()).w, truth.steps);
  await close();
});

test("by keyboard alone: the choice moves, search jumps, Escape lets go", async () => {
  const { page, wrong, close } = await open("heatmap");
  await page.locator("canvas").focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"]) await page.keyboard.press(key);
  assert.equal(await page.evaluate(() => window.stateviz.state.step), 11);
  await page.locator("input[type=search]").fill("faith");
  await page.keyboard.press("Enter");
  assert.match(await page.locator(".status").textContent(), new RegExp("place 1 of " + truth.faith));
  await page.locator("canvas").press("Escape");
  assert.equal(await page.evaluate(() => window.stateviz.state.step), -1);
  assert.deepEqual(wrong, []);
  await close();
});

test("orders: found, as recorded, by likeness to a unit; palettes change the colours", async () => {
  const { page, close } = await open("heatmap");
  const rows = () => page.evaluate(() => window.stateviz.views[0].rows().map((row) => row.units[0]));
  assert.deepEqual(await rows(), truth.rows);
  await page.locator("label:has-text('order') select").selectOption({ label: "as recorded" });
  assert.deepEqual((await rows()).slice(0, 3), [0, 1, 2]);
  await page.evaluate(() => window.stateviz.set({ unit: 9 }));
  await page.locator("label:has-text('order') select").selectOption({ label: "by likeness to the chosen unit" });
  assert.equal((await rows())[0], 9);
  const [x, y] = await place(page, 9, 3);
  const was = await pixel(page, x, y);
  await page.locator("label:has-text('palette') select").selectOption("forest");
  await settled(page);
  assert.notDeepEqual(await pixel(page, x, y), was);
  await close();
});

test("what is seen is saved as PNG and as SVG", async () => {
  const { page, close } = await open("heatmap");
  for (const [name, start] of [
    ["PNG", "\x89PNG"],
    ["SVG", "<svg "],
  ]) {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name, exact: true }).click();
    const file = readFileSync(await (await waiting).path(), "latin1");
    assert.ok(file.startsWith(start));
    if (name === "SVG") assert.equal(new Set(file.match(/fill="#\w+"/g)).size, 2);
  }
  await close();
});

test("groups fold into their means", async () => {
  const { page, close } = await open("groups");
  const rows = () => page.evaluate(() => window.stateviz.views[0].rows().length);
  const all = await rows();
  await page.getByRole("button", { name: "fold groups" }).click();
  assert.ok((await rows()) < all);
  await close();
});

test("several recordings share the choice and the scale", async () => {
  const { page, close } = await open("several");
  assert.equal(await page.locator("canvas").count(), 2);
  const limits = await page.evaluate(() => window.stateviz.panels.map((panel) => panel.sites[0].header.limits));
  assert.deepEqual(limits[0], limits[1]);
  await close();
});

test("guesses stand under the character they were made for", async () => {
  const { page, wrong, close } = await open("predictions");
  const column = page.locator(".guesses [data-t='34'] span");
  assert.deepEqual(await column.allTextContents(), truth.guesses34);
  assert.deepEqual(wrong, []);
  await close();
});

test("the text has every token once, in every form", async () => {
  const { page, wrong, close } = await open("text");
  for (const form of ["flowing", "condensed", "one cell each"]) {
    await page.locator("label:has-text('form') select").selectOption({ label: form });
    await settled(page);
    const tokens = await page.locator(".line:first-child [data-t]").allTextContents();
    assert.equal(tokens.join("").replace(/↵/g, "\n"), truth.text);
  }
  assert.deepEqual(wrong, []);
  await close();
});

test("traces: values, changes, a threshold", async () => {
  const { page, wrong, close } = await open("trace");
  const value = () => page.evaluate(() => window.stateviz.views[0].value(3, 10));
  const level = await value();
  await page.getByRole("button", { name: "changes" }).click();
  assert.notEqual(await value(), level);
  await page.locator("label:has-text('threshold') input").fill("0.1");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => window.stateviz.views[0].threshold), 0.1);
  assert.deepEqual(wrong, []);
  await close();
});

test("match: places are those of sv.match, and a phrase is chosen by typing, dragging, keys and clicks", async () => {
  const { page, wrong, close } = await open("match");
  const places = () => page.evaluate(() => window.stateviz.views[0].places.map((p) => [p.start, p.stop, p.common, p.others]));
  const span = () => page.evaluate(() => window.stateviz.views[0].asked.span);
  assert.deepEqual(await places(), truth.places.faith);
  assert.equal(await page.locator(".place").count(), truth.places.faith.length + 1);
  await page.locator("label:has-text('phrase') input").fill("just");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.deepEqual(await places(), truth.places.just);
  assert.match(await page.evaluate(() => location.hash), /span=\d+-\d+/);
  const middle = async (t) => {
    const box = await page.locator(".text [data-t='" + t + "']").boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [from, to] = [await middle(212), await middle(216)];
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 6 });
  await page.mouse.up();
  await settled(page);
  assert.deepEqual(await span(), [212, 217]);
  assert.deepEqual(await places(), truth.places.faith);
  for (const name of ["off before", "off after"]) await page.getByRole("button", { name }).click();
  await settled(page);
  assert.deepEqual((await page.locator(".units:not(.tracks) button").allTextContents()).slice(1).map(Number), truth.off);
  await page.locator(".units button").nth(1).click();
  await settled(page);
  assert.equal(await page.evaluate(() => window.stateviz.state.unit), truth.off[0]);
  assert.ok((await page.locator(".window i").count()) > 0);
  await page.locator(".tracks input").uncheck();
  await settled(page);
  assert.equal(await page.locator(".window i").count(), 0);
  await page.locator(".text").focus();
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await span(), [213, 217]);
  await settled(page);
  await page.locator(".place .told").nth(1).click();
  assert.equal(await page.evaluate(() => window.stateviz.state.step), (await span())[0]);
  assert.deepEqual(wrong, []);
  await close();
});

test("growth: an order moves through its improvements, by slider, buttons and playing", async () => {
  const { page, wrong, close } = await open("growth-order");
  const rows = () => page.evaluate(() => window.stateviz.views[0].rows().map((row) => row.units[0]));
  assert.deepEqual(await rows(), truth.last);
  await page.getByRole("button", { name: "To the first frame" }).click();
  assert.deepEqual(await rows(), truth.first);
  assert.match(await page.locator(".told-frame").textContent(), /as it came, length/);
  await page.locator(".frames select").selectOption("fast");
  await page.locator("canvas.heatmap").press("Space");
  await page.waitForFunction((last) => window.stateviz.special.at === last - 1 && !window.stateviz.special.timer, truth.improvements);
  assert.deepEqual(await rows(), truth.last);
  await page.getByRole("slider").focus();
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.evaluate(() => window.stateviz.special.at), truth.improvements - 2);
  assert.deepEqual(wrong, []);
  await close();
});

test("growth: a recording shows no step that has not come, and the text until then", async () => {
  const { page, wrong, close } = await open("growth-text");
  await page.evaluate(() => window.stateviz.special.go(99));
  await settled(page);
  const [unit, step, color] = truth.cells.find((one) => one[1] < 100);
  assert.deepEqual(await pixel(page, ...(await place(page, unit, step))), color);
  assert.deepEqual(await pixel(page, ...(await place(page, unit, 150))), [0, 0, 0]);
  assert.equal(await page.locator(".text .later").first().getAttribute("data-t"), "100");
  assert.deepEqual(wrong, []);
  await close();
});

test("growth: models on the way of a training, one at a time", async () => {
  const { page, wrong, close } = await open("growth-training");
  assert.deepEqual(await page.evaluate(() => window.stateviz.special.page.sections.map((box) => box.hidden)), [true, false]);
  await page.getByRole("button", { name: "One frame back" }).click();
  await settled(page);
  assert.equal(await page.locator("canvas.heatmap:visible").count(), 1);
  assert.deepEqual(await page.evaluate(() => window.stateviz.special.page.sections.map((box) => box.hidden)), [false, true]);
  assert.deepEqual(wrong, []);
  await close();
});

test("a million characters appear at once, and any place can be reached", async () => {
  const { page, wrong, close } = await open("long");
  await page.evaluate(() => window.stateviz.set({ step: 900000 }));
  await settled(page);
  assert.equal(await page.locator(".text .at").count(), 1);
  assert.ok((await page.locator(".text [data-t]").count()) < 20000);
  assert.deepEqual(wrong, []);
  await close();
});

test("hostile text runs nothing and breaks nothing", async () => {
  for (const name of ["hostile", "hostile-text"]) {
    const { page, wrong, close } = await open(name);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("img, h1 script").count(), 0);
    assert.deepEqual(wrong, []);
    await close();
  }
});

test("steps: forwards, back, played; a number tells its products, a name lights its matrix", async () => {
  const { page, wrong, close } = await open("steps");
  const at = () => page.evaluate(() => window.stateviz.state.at);
  for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft"]) await page.keyboard.press(key);
  assert.equal(await at(), 1);
  assert.equal(await page.locator("li.active").textContent(), "u = U @ x");
  await page.locator(".network").first().locator(".focus .matrix").first().locator(".cells span").nth(1).hover();
  assert.match(await page.locator(".status").textContent(), /^u = U @ x: .+ × .+ \+ .+ × .+ = /);
  await page.locator("li.active [data-v='U']").hover();
  assert.equal(await page.locator(".matrix.lit[data-v='U']").count(), 4);
  await page.locator(".all .matrix[data-v='W'] .cells span").first().hover();
  assert.ok((await page.locator("code .lit").count()) > 0);
  await page.keyboard.press("ArrowDown");
  assert.equal(await at(), 11);
  await page.getByRole("button", { name: "after" }).click();
  await page.keyboard.press("End");
  assert.match(await page.locator(".network").first().textContent(), /after the update/);
  await page.keyboard.press("Home");
  await page.locator("select").selectOption("fast");
  await page.getByRole("button", { name: "Play (space)" }).click();
  await page.waitForFunction(() => window.stateviz.state.at > 2);
  await page.getByRole("button", { name: "Play (space)" }).click();
  const stopped = await at();
  await page.waitForTimeout(500);
  assert.equal(await at(), stopped);
  assert.deepEqual(wrong, []);
  await close();
});

for (const [name, options] of [
  ["heatmap", {}],
  ["heatmap", { colorScheme: "dark" }],
  ["predictions", {}],
  ["steps", {}],
  ["steps", { colorScheme: "dark", viewport: { width: 320, height: 640 } }],
  ["text", { colorScheme: "dark" }],
  ["match", {}],
  ["growth-order", {}],
  ["growth-text", { colorScheme: "dark", viewport: { width: 320, height: 640 } }],
  ["match", { colorScheme: "dark", viewport: { width: 320, height: 640 } }],
  ["trace", { viewport: { width: 320, height: 640 } }],
  ["heatmap", { viewport: { width: 3840, height: 2160 }, reducedMotion: "reduce" }],
]) {
  test("accessible: " + name + " " + JSON.stringify(options), async () => {
    const { page, wrong, close } = await open(name, { ...options, bypassCSP: true });
    await page.evaluate(axe);
    // The colours of states are data; ink on them is black or white, whichever stands out more.
    const found = await page.evaluate(() => window.axe.run({ exclude: [[".line"], [".guesses"], [".window"]] }));
    assert.deepEqual(
      found.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")),
      [],
    );
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= (await page.evaluate(() => innerWidth)));
    assert.deepEqual(wrong, []);
    await close();
  });
}
