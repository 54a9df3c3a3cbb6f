// The console renews itself from the page as the server makes it anew: when a stream says that something changed, and every
// ten seconds, for figures that always move and for when no stream can be had. What a person has ticked, opened, typed or
// is at stays, also where its trouble is gone from the list meanwhile; a lost connection and a lost sign-in are told.
"use strict";
(() => {
  const EVERY_MS = 10000;
  const REST_MS = 1000; // after a look, however much changes; more where looks are slow
  const line = document.getElementById("connection");
  const address = new URL(window.location.href);
  address.searchParams.delete("said");
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  let heard = Date.now(); // of the page itself
  const passed = () => performance.now(); // a clock that is set back stops no look
  let isOut = false;

  function tell(text, href) {
    if (line.textContent === text) return;
    line.textContent = href ? "" : text;
    if (!href) return;
    const link = document.createElement("a");
    link.href = href;
    link.textContent = text;
    line.append(link);
  }

  const chosen = (item) => item.querySelector("input[name=on]:checked");
  const isHeld = (item) => item.contains(document.activeElement) || item.querySelector("details[open]") || chosen(item);

  function leave(item) {
    if (!isHeld(item)) return item.remove();
    if (item.classList.contains("past")) return undefined;
    item.classList.add("past");
    const told = document.createElement("p");
    told.className = "note gone";
    told.textContent = line.dataset.held;
    item.append(told);
    return undefined;
  }

  // `fresh` in the place of `item`, or what is new of it in `item`, where somebody is at work in it.
  function renewed(item, fresh) {
    if (isHeld(item)) {
      item.classList.remove("past");
      item.querySelector(".gone")?.remove();
      item.querySelector("dl").replaceWith(fresh.querySelector("dl"));
      return item;
    }
    if (!item.isEqualNode(fresh)) item.replaceWith(fresh);
    return item.isConnected ? item : fresh;
  }

  function merge(list, made) {
    const items = new Map([...list.children].map((item) => [item.id, item]));
    const coming = new Set([...made.children].map((item) => item.id));
    let place = list.firstElementChild;
    const skip = () => { while (place && !coming.has(place.id)) place = place.nextElementSibling; };
    for (const fresh of [...made.children]) {
      skip();
      const item = items.get(fresh.id);
      const isNext = item && item === place;
      if (isNext) place = place.nextElementSibling;
      const shown = item ? renewed(item, fresh) : fresh;
      // Moving it would take the cursor from who types in it.
      if (!isNext) list.insertBefore(shown, place);
    }
    for (const [id, item] of items) if (!coming.has(id)) leave(item);
  }

  function exchange(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const at = document.activeElement;
    const span = at && at.matches("input:not([type])") ? [at.selectionStart, at.selectionEnd] : null;
    for (const held of document.querySelectorAll("[data-live][id]")) {
      const made = page.getElementById(held.id);
      if (!made) continue;
      held.hidden = made.hidden;
      if (held.dataset.live === "list") {
        if (held.parentElement.tagName === made.parentElement.tagName) held.parentElement.hidden = made.parentElement.hidden;
        merge(held, made);
      } else if (!held.isEqualNode(made)) {
        const number = held.contains(at) ? [...held.querySelectorAll("a, button")].indexOf(at) : -1;
        held.replaceChildren(...made.childNodes);
        if (number >= 0) held.querySelectorAll("a, button")[number]?.focus({ preventScroll: true });
      }
    }
    if (at && at.isConnected && at !== document.activeElement) {
      at.focus({ preventScroll: true });
      if (span) at.setSelectionRange(...span);
    }
    count();
  }

  let asked = passed();
  let rested = 0; // when the next look may begin
  let waiting = null;
  let isLooking = false;
  let isAgain = false; // something changed while one was made

  function lookSoon() {
    if (isLooking) isAgain = true;
    else waiting ??= window.setTimeout(look, Math.max(rested - passed(), 0));
  }

  async function look() {
    window.clearTimeout(waiting);
    waiting = null;
    if (isLooking || isOut) return;
    isLooking = true;
    isAgain = false;
    asked = passed();
    await ask();
    isLooking = false;
    rested = passed() + Math.max(REST_MS, 5 * (passed() - asked));
    if (isAgain) lookSoon();
  }

  async function ask() {
    try {
      // By itself: a browser that nobody uses is signed out all the same.
      const headers = { Accept: "text/html", "Cityhub-By-Itself": "1" };
      const answer = await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(EVERY_MS) });
      isOut = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
      if (isOut) return tell(line.dataset.out, line.dataset.login);
      if (!answer.ok) throw new Error(String(answer.status));
      exchange(await answer.text());
      heard = Date.now();
      return tell("");
    } catch {
      return tell(line.dataset.lost.replace("{clock}", clock.format(heard)));
    }
  }

  const output = document.querySelector("[data-chosen]");
  function count() {
    if (!output) return;
    const n = document.querySelectorAll("input[name=on]:checked").length;
    output.textContent = n ? output.dataset.chosen.replace("{n}", n) : "";
  }

  let stream = null;
  let tried = -Infinity;

  function listen() {
    if (stream || passed() - tried < EVERY_MS) return;
    tried = passed();
    stream = new EventSource("/ops/live");
    stream.addEventListener("changed", lookSoon);
    stream.addEventListener("error", () => {
      // Broken off, it comes back by itself; refused, it is tried again later. The page says why.
      if (stream?.readyState === EventSource.CLOSED) hush();
      lookSoon();
    });
  }

  function hush() {
    stream?.close();
    stream = null;
  }

  function turn() {
    if (isOut || document.hidden) {
      hush();
      return;
    }
    if (passed() - asked >= EVERY_MS) look();
    listen();
  }
  document.addEventListener("visibilitychange", turn);
  document.addEventListener("change", count);
  window.setInterval(turn, 1000);
  turn();
  count();
})();
