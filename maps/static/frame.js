// In a frame of another site: tells that site how high the frame should be (docs/reference.md, "Frames in other sites").
(function () {
  "use strict";

  if (window.parent === window) return;
  const [LOWEST, HIGHEST] = [320, 640]; // of a map, which fits any height
  let told = 0;

  function height(view) {
    if (view === "list") return Math.ceil(document.body.getBoundingClientRect().height);
    return Math.round(Math.min(HIGHEST, Math.max(LOWEST, document.documentElement.clientWidth * 0.75)));
  }

  function tell() {
    const { kind, view } = document.body.dataset;
    const found = height(view);
    if (found === told) return;
    told = found;
    // It holds nothing that not everybody may know, so any site may hear it.
    window.parent.postMessage({ type: "cityhub:height", kind, view, height: found }, "*");
  }

  function begin() {
    tell();
    new ResizeObserver(tell).observe(document.body);
  }

  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
  window.addEventListener("load", tell);
})();
