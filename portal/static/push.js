// Offers to tell this browser before the end of a stay, where the browser can be told; without this script nothing is offered.
"use strict";
(async () => {
  const section = document.getElementById("push");
  if (!section || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const ask = document.getElementById("push-ask");
  const done = document.getElementById("push-done");
  const failed = document.getElementById("push-failed");
  // For this window: which session it asked for.
  const KEY = "cityhub-push";
  const isAsked = () => {
    try {
      return window.sessionStorage.getItem(KEY) === window.location.pathname;
    } catch {
      return false;
    }
  };

  function show(asked) {
    ask.hidden = asked;
    done.hidden = !asked;
    section.hidden = false;
  }

  ask.addEventListener("click", async () => {
    failed.hidden = true;
    ask.disabled = true;
    try {
      if (await Notification.requestPermission() !== "granted") throw new Error("not allowed");
      const registration = await navigator.serviceWorker.ready;
      const subscription = await registration.pushManager.subscribe({
        userVisibleOnly: true, applicationServerKey: section.dataset.key,
      });
      const { endpoint, keys } = subscription.toJSON();
      const answer = await fetch(section.dataset.path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ endpoint, keys, lang: document.documentElement.lang }),
      });
      if (!answer.ok) throw new Error(`${answer.status}`);
      try {
        window.sessionStorage.setItem(KEY, window.location.pathname);
      } catch {
        // It is offered once more when the page is loaded again.
      }
      show(true);
    } catch {
      failed.hidden = false;
    } finally {
      ask.disabled = false;
    }
  });

  // Where its driver said no, nothing is offered: only the browser's settings change that.
  if (Notification.permission !== "denied") show(Notification.permission === "granted" && isAsked());
})();
