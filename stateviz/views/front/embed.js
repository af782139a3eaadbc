// A page within another one: a widget of a notebook is told what is chosen here, and may choose; whoever asks nothing is told nothing.
import { Heatmap } from "./plot.js";

/** @param {any} state @param {import("./panel.js").Panel[]} panels @param {any[]} views @param {(change: any) => void} set @returns {() => void} tells what has changed */
export function embed(state, panels, views, set) {
  if (parent === window) return () => {};
  const [panel] = panels;
  const map = views.find((view) => view instanceof Heatmap);
  const names = () => panel.site(state).header.units;
  let told = "";
  let heard = false;
  addEventListener("message", ({ source, data }) => {
    const asked = source === parent && data && data.stateviz;
    if (!asked) return;
    heard = true;
    /** @type {Record<string, number>} */
    const change = {};
    const site = panel.sites.findIndex((one) => one.header.name === asked.site);
    const order = panel.orders.findIndex((one) => one.name === asked.order);
    if (site >= 0) state.site = site;
    if (order >= 0) state.order = order;
    const unit = names().indexOf(asked.unit);
    if (asked.unit === null || unit >= 0) change.unit = unit;
    if (Number.isInteger(asked.step)) change.step = Math.max(-1, Math.min(panel.steps - 1, asked.step));
    if (map && asked.steps && asked.steps[1] > asked.steps[0]) [map.view.x, map.view.w] = [asked.steps[0], asked.steps[1] - asked.steps[0]];
    set(change);
  });
  parent.postMessage({ stateviz: "ready" }, "*");
  return () => {
    if (!heard) return;
    const { name, rows } = panel.order(state);
    const { x, w } = map ? map.view : { x: 0, w: panel.steps };
    const now = {
      site: panel.site(state).header.name,
      unit: state.unit < 0 ? null : names()[state.unit],
      step: state.step < 0 ? null : state.step,
      steps: [Math.floor(x), Math.min(panel.steps, Math.ceil(x + w))],
      order: name,
      rows,
    };
    const text = JSON.stringify(now);
    if (text !== told) parent.postMessage({ stateviz: now }, "*");
    told = text;
  };
}
