// Folders in Chromium, from a host with ranges and from one without; made and served by test_folders.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { ranged, whole, folder, truth } = JSON.parse(readFileSync(process.env.TRUTH, "utf8"));
let browser;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--force-color-profile=srgb"] });
});
after(() => browser.close());

/** A page that is ready; `wrong` is what it complained of, `asked` the files it read. */
async function open(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const [wrong, asked] = [[], []];
  const ours = (text) => text.includes("willReadFrequently");
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && !ours(message.text()) && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(address).origin) wrong.push("request " + request.url());
    asked.push(request.url());
  });
  await page.goto(address);
  await page.waitForFunction(() => window.stateviz);
  await page.evaluate(() => window.stateviz.ready);
  return { page, wrong, asked, close: () => context.close() };
}

/** The bytes of one row of what is drawn, once nothing is on its way. */
const drawn = async (page, unit, first, steps) => {
  await page.waitForFunction(
    ([u, a, n]) => {
      const site = window.stateviz.panels[0].sites[0];
      for (let k = 0; k < n; k++) if (Number.isNaN(site.byte(u, a + k))) return false;
      return true;
    },
    [unit, first, steps],
  );
  return page.evaluate(([u, a, n]) => Array.from({ length: n }, (_, k) => window.stateviz.panels[0].sites[0].byte(u, a + k)), [unit, first, steps]);
};

for (const [name, address] of [
  ["with", ranged],
  ["without", whole],
]) {
  test("states, text and strip are those of the recording, from a host " + name + " ranges", async () => {
    const { page, wrong, close } = await open(address);
    assert.deepEqual(await drawn(page, 5, 70000, 12), truth.bytes);
    await page.evaluate(() => window.stateviz.set({ unit: 5, step: 70003 }));
    // The token is a blank until its part of the text is here.
    await page.waitForFunction((token) => {
      const at = document.querySelector(".text .at");
      return at?.style.background && at.textContent === token;
    }, truth.token);
    await page.waitForFunction((value) => document.querySelector(".status").textContent.includes("unit 5 " + value), truth.value);
    const told = await page.locator(".notice").textContent();
    assert.equal(told.includes("no HTTP ranges"), name === "without");
    assert.deepEqual(wrong, []);
    await close();
  });
}

test("only what is seen is read", async () => {
  const { page, asked, close } = await open(ranged);
  await page.waitForTimeout(500);
  assert.ok(asked.length < 30, asked.length + " requests");
  await page.evaluate(() => {
    const map = window.stateviz.views[0];
    map.view = { x: 50000, y: 0, w: 400, h: 20 };
    window.stateviz.set({});
  });
  await page.waitForTimeout(500);
  const bytes = await page.evaluate(() => performance.getEntriesByType("resource").reduce((sum, one) => sum + one.transferSize, 0));
  assert.ok(bytes < truth.size / 3, bytes + " of " + truth.size + " bytes");
  await close();
});

test("from afar a pixel is the mean, the minimum or the maximum of its steps", async () => {
  const { page, wrong, close } = await open(ranged);
  for (const kind of ["mean", "minimum", "maximum"]) {
    await page.locator("label:has-text('from afar') select").selectOption({ label: kind });
    const row = () =>
      page.evaluate((each) => {
        const edges = Int32Array.from({ length: 101 }, (_, x) => 4096 + x * each);
        const out = new Float32Array(100);
        window.stateviz.panels[0].sites[0].addRow(out, 3, edges, 1);
        return Array.from(out);
      }, 64);
    for (let tries = 0; tries < 100 && JSON.stringify(await row()) !== JSON.stringify(truth[kind]); tries++) await page.waitForTimeout(100);
    assert.deepEqual(await row(), truth[kind]);
    assert.match(await page.locator(".legend").textContent(), new RegExp(kind + " of [0-9,]+ steps a pixel"));
  }
  assert.deepEqual(wrong, []);
  await close();
});

test("a search goes through a text that is not here, from the chosen step on and around its end", async () => {
  const { page, close } = await open(ranged);
  const box = page.locator("input[type=search]");
  for (const place of [truth.needles[0], truth.needles[1], truth.needles[0]]) {
    await box.fill("needle");
    await page.keyboard.press("Enter");
    await page.waitForFunction((at) => window.stateviz.state.step === at, place);
  }
  await box.fill("nowhere to be found");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".status").textContent.includes("is nowhere in the text"));
  await close();
});

test("from a file the page is shown from afar, and says how to see more", async () => {
  const { page, close } = await open("file://" + folder + "/index.html");
  assert.match(await page.locator(".notice").textContent(), /stateviz view FOLDER --serve/);
  await close();
});
