// Any length of stay by a slider, with its price from the hub as the thumb moves.
"use strict";
(() => {
  const slider = document.getElementById("stay");
  if (!slider) return;
  const words = slider.dataset;
  const chosen = document.getElementById("stay-chosen");
  const shown = document.getElementById("stay-shown");
  const price = document.getElementById("stay-price");
  const language = document.documentElement.lang;
  let asked = 0;
  let waiting;

  const span = (minutes) => {
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    const parts = [];
    if (hours) parts.push(words.hours.replace("{n}", hours));
    if (rest || !hours) parts.push(words.minutes.replace("{n}", rest));
    return parts.join(" ");
  };

  async function ask(minutes) {
    const mine = ++asked;
    const body = JSON.stringify({ place_id: words.place, vehicle: words.vehicle, minutes });
    let text = words.failed;
    try {
      const answer = await fetch("/api/v1/parking/quote", { method: "POST", body, headers: { "Content-Type": "application/json" } });
      if (answer.ok) {
        const { amount } = await answer.json();
        text = words.money.replace("{amount}", new Intl.NumberFormat(language).format(amount));
      }
    } catch {
      // Said below: without the hub there is no price.
    }
    // A slower answer to an earlier place of the thumb is not the price of this one.
    if (mine === asked) price.textContent = text;
  }

  slider.addEventListener("input", () => {
    const minutes = Number(slider.value);
    chosen.value = minutes;
    chosen.checked = true;
    shown.textContent = span(minutes);
    slider.setAttribute("aria-valuetext", span(minutes));
    price.textContent = "…";
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150, minutes);
  });
  slider.closest(".stay").hidden = false;
})();
