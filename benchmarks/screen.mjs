// Measures pages in Chromium for screen.py: reads jobs from stdin as JSON, writes what it found to stdout.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const { modules, executable, jobs } = JSON.parse(readFileSync(0, "utf8"));
const { chromium } = createRequire(modules + "/x.js")("playwright-core");

/** When a page has drawn its data: a canvas with more than one colour, or a picture. */
const drawn = () => {
  const roots = [document];
  for (const root of roots) for (const element of root.querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
  for (const root of roots) {
    for (const image of root.querySelectorAll("image, .heatmaplayer img")) if ((image.href?.baseVal || image.src || "").startsWith("data:image")) return true;
    for (const canvas of root.querySelectorAll("canvas")) {
      if (!canvas.width || !canvas.getContext("2d")) continue;
      const { data } = canvas.getContext("2d").getImageData(canvas.width / 4, canvas.height / 4, Math.max(1, canvas.width / 2), Math.max(1, canvas.height / 2));
      const words = new Uint32Array(data.buffer);
      const seen = new Set();
      for (let i = 0; i < words.length && seen.size < 4; i += 97) seen.add(words[i]);
      if (seen.size >= 2) return true;
    }
  }
  // A long text: tokens on a ground of their own.
  return Boolean(document.querySelector(".line span[style]"));
};

/** MB that a process and those it started hold for themselves, shared pages by their part. @param {number} pid */
function memory(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    try {
      parents.set(
        Number(name),
        Number(
          readFileSync("/proc/" + name + "/stat", "utf8")
            .split(") ")[1]
            .split(" ")[1],
        ),
      );
    } catch {
      // it has ended
    }
  }
  const ours = (one) => one === pid || (parents.has(one) && ours(parents.get(one)));
  let sum = 0;
  for (const one of parents.keys()) {
    if (!ours(one)) continue;
    try {
      sum += Number(/^Pss:\s+(\d+)/m.exec(readFileSync("/proc/" + one + "/smaps_rollup", "utf8"))[1]);
    } catch {
      // it has ended, or may not be read
    }
  }
  return sum / 1024;
}

/** Frames a second while `move` is called before each one; the CPU seconds that the page's own thread took for one. */
const frames = async ([count, kind]) => {
  const { views, set, panels } = window.stateviz;
  const [view] = views;
  const steps = panels[0].steps;
  const box = document.querySelector(".text");
  const moves = {
    pan: (k) => view.pan((k % 2 ? -1 : 1) * (20 + k), 0),
    zoom: (k) => view.zoom(k % 40 < 20 ? 0.9 : 1 / 0.9, 500, 200),
    scroll: (k) => (box.scrollTop = k * 157),
  };
  if (kind === "pan") view.view = { x: steps / 3, y: 0, w: steps / 10, h: Infinity };
  if (kind === "zoom") view.reset();
  const next = () => new Promise((done) => requestAnimationFrame(done));
  await next();
  const begun = performance.now();
  for (let k = 0; k < count; k++) {
    moves[kind](k);
    if (kind !== "scroll") set({});
    await next();
  }
  return (1000 * count) / (performance.now() - begun);
};

const found = [];
for (const job of jobs) {
  const server = await chromium.launchServer({ executablePath: executable, args: ["--no-sandbox", "--disable-gpu"] });
  const browser = await chromium.connect(server.wsEndpoint());
  const result = { name: job.name, drawn: [], all: [] };
  for (let turn = 0; turn < job.turns; turn++) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(120000);
    const look =
      "const look = () => { if ((" + drawn + ")()) window.drawnAt = performance.now(); else requestAnimationFrame(look); }; requestAnimationFrame(look);";
    await page.addInitScript({ content: look });
    await page.goto(job.address, { waitUntil: "commit" });
    await page.waitForFunction(() => window.drawnAt);
    result.drawn.push(await page.evaluate(() => window.drawnAt));
    if (job.ours) {
      await page.waitForFunction(() => window.stateviz);
      await page.evaluate(() => window.stateviz.ready);
      result.all.push(await page.evaluate(() => performance.now()));
      for (const kind of job.moves || []) {
        await page.evaluate(frames, [30, kind]);
        (result[kind] ||= []).push(await page.evaluate(frames, [60, kind]));
      }
    }
    result.memory = Math.max(result.memory || 0, memory(server.process().pid));
    await context.close();
  }
  await browser.close();
  await server.close();
  found.push(result);
}
process.stdout.write(JSON.stringify(found));
