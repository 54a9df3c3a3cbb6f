// What is live in a page without a script of its own: ages count on; marked elements are taken from the page as the
// server makes it anew. Needs live.js.
(function (cityhub) {
  "use strict";

  const EVERY_MS = 10000; // a page is fetched no more often than this
  let fetched = 0;
  let waiting = null;

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

  // `text`: the page as it is now.
  function exchange(text) {
    fetched = Date.now();
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

  // Calls `reload` once, as soon as it may be called again.
  function later(reload) {
    if (waiting !== null) return;
    waiting = setTimeout(() => {
      waiting = null;
      fetched = Date.now();
      reload();
    }, Math.max(0, fetched + EVERY_MS - Date.now()));
  }

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js");
  setInterval(countAges, 5000);
  Object.assign(cityhub, { exchange, later, here: window.location.pathname + window.location.search });
})(window.cityhub);
