// A page as a widget (anywidget): what is chosen in it is the model's, and what the model chooses it shows.
const CHOICES = ["site", "unit", "step", "steps", "order"];

/** @param {{model: any, el: HTMLElement}} given */
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = model.get("title");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.style.cssText = "width:100%;height:640px;border:0";
  frame.srcdoc = model.get("_document");
  let told = "";
  const tell = () => {
    const asked = Object.fromEntries(CHOICES.map((name) => [name, model.get(name)]));
    const text = JSON.stringify(asked);
    if (text !== told) frame.contentWindow?.postMessage({ stateviz: asked }, "*");
    told = text;
  };
  /** @param {MessageEvent} event */
  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || !data || !data.stateviz) return;
    if (data.stateviz === "ready") {
      told = "";
      tell();
      return;
    }
    told = JSON.stringify(Object.fromEntries(CHOICES.map((name) => [name, data.stateviz[name]])));
    for (const [name, value] of Object.entries(data.stateviz)) model.set(name, value);
    model.save_changes();
  };
  addEventListener("message", hear);
  CHOICES.forEach((name) => model.on("change:" + name, tell));
  el.append(frame);
  return () => {
    removeEventListener("message", hear);
    CHOICES.forEach((name) => model.off("change:" + name, tell));
  };
}

export default { render };
