// A list by distance from me: the position is asked for when somebody wants it, and never leaves this device.
"use strict";
(() => {
  const tools = document.getElementById("near-tools");
  const whole = tools && document.getElementById(tools.dataset.list);
  if (!whole) return;
  const words = tools.dataset;
  const said = document.getElementById("near-said");
  const button = document.getElementById("near");
  const onlyFree = document.getElementById("only-free");
  const EARTH_M = 6371008.8; // mean radius, as the hub has it
  let from = null;

  const radians = (degrees) => (degrees * Math.PI) / 180;
  const metres = (place) => {
    const [lat, lon] = [radians(place.dataset.lat), radians(place.dataset.lon)];
    const half = Math.sin((lat - from.lat) / 2) ** 2
      + Math.cos(from.lat) * Math.cos(lat) * Math.sin((lon - from.lon) / 2) ** 2;
    return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
  };
  const written = (distance) => (distance < 1000
    ? `${Math.max(10, Math.round(distance / 10) * 10)} m`
    : `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(distance / 1000)} km`);

  function sort() {
    // A long list is folded: its first part, and what is behind it.
    const parts = whole.matches("ul") ? [whole] : [...whole.querySelectorAll("ul")];
    const sizes = parts.map((part) => part.children.length);
    const found = parts.flatMap((part) => [...part.children]).map((item) => {
      const place = item.querySelector(".away");
      const distance = metres(place);
      place.textContent = words.away.replace("{distance}", written(distance));
      return [distance, item];
    });
    found.sort((a, b) => a[0] - b[0]);
    const nearest = found.map(([, item]) => item);
    parts.forEach((part, number) => part.replaceChildren(...nearest.splice(0, sizes[number])));
    // How many of those behind the fold are bad was said of others.
    const folded = whole.querySelector("details.more");
    if (!folded) return;
    const summary = folded.querySelector("summary");
    summary.textContent = summary.dataset.byDistance;
    folded.querySelector("ul").setAttribute("aria-label", summary.textContent);
  }

  tools.hidden = !navigator.geolocation && !onlyFree;
  button.hidden = !navigator.geolocation;
  button.addEventListener("click", () => {
    said.textContent = words.looking;
    navigator.geolocation.getCurrentPosition((position) => {
      from = { lat: radians(position.coords.latitude), lon: radians(position.coords.longitude) };
      sort();
      said.textContent = words.sorted;
    }, () => { said.textContent = words.failed; }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });
  // A list that is kept new comes in its own order.
  whole.addEventListener("cityhub:exchanged", () => { if (from) sort(); });

  if (!onlyFree) return;
  // What is shown stands in the address: who is sent it sees the same.
  function showFree() {
    whole.classList.toggle("only-free", onlyFree.checked);
    const address = new URL(window.location.href);
    if (onlyFree.checked) address.searchParams.set("free", "true");
    else address.searchParams.delete("free");
    window.history.replaceState(null, "", address);
  }
  onlyFree.checked = new URLSearchParams(window.location.search).get("free") === "true";
  showFree();
  onlyFree.addEventListener("change", showFree);
})();
