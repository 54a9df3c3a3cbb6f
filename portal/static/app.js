// What every page of the driver has: it can be installed and opened without a connection; a running clock.
"use strict";
(() => {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js");

  // Instead of loading the page again and again, which would take a reader's place from them: only when something changed.
  const state = document.getElementById("session-state");
  const every = Number(state?.dataset.every);
  if (every) {
    setInterval(async () => {
      try {
        const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
        if (!answer.ok) return;
        const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("session-state");
        if (now && now.dataset.state !== state.dataset.state) window.location.reload();
      } catch {
        // The hub is away: what is shown stays.
      }
    }, every * 1000);
  }

  const left = document.querySelector(".left[data-until]");
  if (!left) return;
  const words = left.dataset;
  const until = Date.parse(words.until);
  function show() {
    const minutes = Math.max(0, Math.ceil((until - Date.now()) / 60000));
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    const parts = [];
    if (hours) parts.push(words.hours.replace("{n}", hours));
    if (rest || !hours) parts.push(words.minutes.replace("{n}", rest));
    const text = words.words.replace("{span}", parts.join(" "));
    // A screen reader speaks what changes: once a minute.
    if (left.textContent !== text) left.textContent = text;
    left.classList.toggle("soon", minutes <= 10);
  }
  show();
  setInterval(show, 5000);
})();
