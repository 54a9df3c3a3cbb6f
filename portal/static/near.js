// Places near me: the position is asked for when somebody wants it, and never leaves this device.
"use strict";
(() => {
  const list = document.querySelector(".places");
  const tools = document.getElementById("near-tools");
  if (!list || !tools) return;
  const words = tools.dataset;
  const said = document.getElementById("near-said");
  const button = document.getElementById("near");
  const onlyFree = document.getElementById("only-free");
  const EARTH_M = 6371008.8; // mean radius, as the hub has it

  const radians = (degrees) => (degrees * Math.PI) / 180;
  const metres = (from, place) => {
    const [lat, lon] = [radians(place.dataset.lat), radians(place.dataset.lon)];
    const half = Math.sin((lat - from.lat) / 2) ** 2
      + Math.cos(from.lat) * Math.cos(lat) * Math.sin((lon - from.lon) / 2) ** 2;
    return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
  };
  const written = (distance) => (distance < 1000
    ? `${Math.max(10, Math.round(distance / 10) * 10)} m`
    : `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(distance / 1000)} km`);

  function sort(position) {
    const from = { lat: radians(position.coords.latitude), lon: radians(position.coords.longitude) };
    const found = [...list.children].map((place) => [metres(from, place), place]);
    found.sort((a, b) => a[0] - b[0]);
    for (const [distance, place] of found) {
      place.querySelector(".away").textContent = words.away.replace("{distance}", written(distance));
    }
    list.replaceChildren(...found.map(([, place]) => place));
    said.textContent = words.sorted;
  }

  tools.hidden = false;
  button.hidden = !navigator.geolocation;
  button.addEventListener("click", () => {
    said.textContent = words.looking;
    navigator.geolocation.getCurrentPosition(sort, () => { said.textContent = words.failed; }, {
      enableHighAccuracy: true, timeout: 15000, maximumAge: 60000,
    });
  });
  // What is shown stands in the address: who is sent it sees the same.
  function showFree() {
    list.classList.toggle("only-free", onlyFree.checked);
    const address = new URL(window.location.href);
    if (onlyFree.checked) address.searchParams.set("free", "true");
    else address.searchParams.delete("free");
    window.history.replaceState(null, "", address);
  }
  onlyFree.checked = new URLSearchParams(window.location.search).get("free") === "true";
  showFree();
  onlyFree.addEventListener("change", showFree);
})();
