// The residents' pages: ages count on; what changes is taken from the page as the server makes it anew.
(function (cityhub) {
  "use strict";

  const { config } = cityhub;
  const EVERY_MS = 10000; // a page is fetched no more often than this
  let fetched = 0;
  let waiting = null;

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js");

  function countAges() {
    for (const time of document.querySelectorAll("time.age[datetime]")) {
      const text = cityhub.age(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  // Where a reader was in `from`, to be found again in what takes its place.
  function placeOf(from) {
    const focused = from.contains(document.activeElement) ? document.activeElement : null;
    const open = [...from.querySelectorAll("details")].map((details) => details.open);
    const scrolled = [...from.querySelectorAll(".scroll")].map((box) => box.scrollTop);
    const selector = !focused ? null
      : focused.id ? `#${CSS.escape(focused.id)}`
        : focused.hasAttribute("href") ? `[href="${CSS.escape(focused.getAttribute("href"))}"]` : focused.localName;
    const at = selector && [...from.querySelectorAll(selector)].indexOf(focused);
    return (to) => {
      to.querySelectorAll("details").forEach((details, number) => { details.open = open[number] ?? details.open; });
      to.querySelectorAll(".scroll").forEach((box, number) => { box.scrollTop = scrolled[number] ?? 0; });
      if (selector) to.querySelectorAll(selector)[at]?.focus({ preventScroll: true });
    };
  }

  function exchange(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const held of document.querySelectorAll("[data-live][id]")) {
      const made = page.getElementById(held.id);
      if (!made || made.isEqualNode(held)) continue;
      const backTo = placeOf(held);
      held.replaceChildren(...made.childNodes);
      backTo(held);
      held.dispatchEvent(new CustomEvent("cityhub:exchanged", { bubbles: true }));
    }
    countAges();
  }

  setInterval(countAges, 5000);
  if (!config.kind) return;

  const reload = cityhub.follow(
    { [config.kind]: window.location.pathname + window.location.search },
    config.liveUrl,
    (_kind, told, whole) => {
      if (whole) {
        fetched = Date.now();
        exchange(told);
      } else if (waiting === null) {
        waiting = setTimeout(() => {
          waiting = null;
          reload();
        }, Math.max(0, fetched + EVERY_MS - Date.now()));
      }
    },
    (answer) => answer.text(),
  );
})(window.cityhub);
