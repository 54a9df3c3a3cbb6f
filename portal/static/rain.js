// The rain of the last hours as an animation: the drawing takes its figures from the table beside it.
(() => {
  "use strict";

  const EACH_MS = 600;
  const LAST_MS = 1800; // the newest frame stays for a while
  const figure = document.getElementById("frames");
  const slider = document.getElementById("slider");
  if (!figure || !slider) return;
  const colors = figure.dataset.colors.split(" ");
  const unknown = colors[colors.length - 1];
  const frame = document.getElementById("frame");
  const at = document.getElementById("frame-time");
  const play = document.getElementById("play");
  let timer = null;

  function show() {
    const number = Number(frame.value);
    const time = figure.querySelectorAll("th.time")[number]?.textContent ?? "";
    at.textContent = time;
    frame.setAttribute("aria-valuetext", time);
    for (const row of figure.querySelectorAll("tr[data-gauge]")) {
      const cell = row.cells[number + 1];
      const dot = figure.querySelector(`circle[data-gauge="${CSS.escape(row.dataset.gauge)}"]`);
      const band = cell ? cell.dataset.band : "";
      dot?.setAttribute("fill", band === "" ? unknown : colors[Number(band)]);
    }
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = figure.dataset.play;
  }

  function step() {
    const last = Number(frame.max);
    frame.value = Number(frame.value) < last ? Number(frame.value) + 1 : 0;
    show();
    timer = setTimeout(step, Number(frame.value) === last ? LAST_MS : EACH_MS);
  }

  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    play.textContent = figure.dataset.pause;
    return step();
  });
  frame.addEventListener("input", () => {
    stop();
    show();
  });
  document.addEventListener("cityhub:exchanged", (event) => {
    if (event.target.id === "frame-table") show();
  });
  slider.hidden = false;
  show();
})();
