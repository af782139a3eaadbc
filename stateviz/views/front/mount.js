// Puts the pages of a notebook's outputs into frames of their own, where they can reach nothing else; what they have in common stands once in the notebook.
(() => {
  const here = /** @type {any} */ (window);
  /** @type {Record<string, string>} */
  const codes = here.statevizCodes || {};
  here.statevizCodes = codes;
  /** @type {NodeListOf<HTMLElement>} */
  const holders = document.querySelectorAll("[data-stateviz-code]");
  holders.forEach(({ dataset }) => (codes[dataset.statevizName || ""] = dataset.statevizCode || ""));
  /** @type {NodeListOf<HTMLElement>} */
  const boxes = document.querySelectorAll("[data-stateviz-page]");
  boxes.forEach((box) => {
    const code = codes[box.dataset.statevizNeeds || ""];
    if (!code) return;
    const frame = document.createElement("iframe");
    frame.title = box.title;
    frame.setAttribute("sandbox", "allow-scripts allow-downloads");
    frame.srcdoc = /** @type {string} */ (box.dataset.statevizPage).replace("<!--code-->", () => code);
    box.removeAttribute("data-stateviz-page");
    box.removeAttribute("title");
    box.classList.add("stateviz-shown");
    box.prepend(frame);
  });
})();
