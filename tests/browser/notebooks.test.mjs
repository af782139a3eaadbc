// Outputs of a notebook in Chromium: PAGES holds one document with three of them, and what a widget is made of; made by test_notebook_outputs.py.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

let browser;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
});
after(() => browser.close());

async function open(name, frames) {
  const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 } })).newPage();
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => /^(file|blob|data):|^about:srcdoc/.test(request.url()) || wrong.push("request " + request.url()));
  await page.goto("file://" + process.env.PAGES + "/" + name);
  while (page.frames().length < frames + 1) await page.waitForTimeout(50);
  for (const frame of page.frames().slice(1)) await frame.waitForFunction(() => window.stateviz);
  return { page, wrong };
}

test("outputs share one script, each in a frame that reaches nothing else", async () => {
  const { page, wrong } = await open("notebook.html", 3);
  assert.equal(await page.locator("[data-stateviz-code]").count(), 1);
  for (const frame of page.frames().slice(1)) {
    const reached = await frame.evaluate(() => {
      try {
        return Boolean(parent.document.body);
      } catch {
        return false;
      }
    });
    assert.equal(reached, false);
  }
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(wrong, []);
  await page.context().close();
});

test("printed, and where no script runs, the picture stands in", async () => {
  const { page } = await open("notebook.html", 3);
  const seen = () => page.evaluate(() => ["iframe", "img"].map((name) => document.querySelector(name).getClientRects().length > 0));
  assert.deepEqual(await seen(), [true, false]);
  await page.emulateMedia({ media: "print" });
  assert.deepEqual(await seen(), [false, true]);
  await page.context().close();
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto("file://" + process.env.PAGES + "/notebook.html");
  assert.equal(await plain.locator("img").first().isVisible(), true);
  await plain.context().close();
});

test("a widget follows the page, and the page the widget", async () => {
  const { page, wrong } = await open("widget.html", 1);
  await page.waitForFunction(() => window.model.state.rows);
  assert.deepEqual(await page.evaluate(() => [window.model.state.unit, window.model.state.step, window.model.state.order]), [null, null, "as recorded"]);
  const [, frame] = page.frames();
  await frame.evaluate(() => window.stateviz.set({ unit: 2, step: 5 }));
  await page.waitForFunction(() => window.model.state.unit === "c" && window.model.state.step === 5);
  await page.evaluate(() => window.model.choose({ unit: "b", step: 7, steps: [4, 12] }));
  await frame.waitForFunction(() => window.stateviz.state.unit === 1 && window.stateviz.state.step === 7);
  await page.waitForFunction(() => window.model.state.steps.join() === "4,12");
  await frame.evaluate(() => window.stateviz.set({ order: -1 }));
  await page.waitForFunction(() => window.model.state.order === "by likeness to unit b" && window.model.state.rows[0] === 1);
  assert.ok(await page.evaluate(() => window.model.saved > 0));
  assert.deepEqual(wrong, []);
  await page.context().close();
});

test("a page that no widget asked tells its parent nothing of what is chosen", async () => {
  const { page } = await open("notebook.html", 3);
  const said = await page.evaluate(() => {
    window.said = [];
    addEventListener("message", ({ data }) => window.said.push(data));
    return window.said;
  });
  await page.frames()[1].evaluate(() => window.stateviz.set({ unit: 1, step: 2 }));
  await page.waitForTimeout(200);
  assert.deepEqual(await page.evaluate(() => window.said), said);
  await page.context().close();
});
