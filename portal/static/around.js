// Sites around me: the position is asked for when somebody wants it, and never leaves this device.
(() => {
  "use strict";

  const tools = document.getElementById("around-tools");
  const list = document.getElementById("sites");
  const button = document.getElementById("around");
  if (!tools || !list || !button || !navigator.geolocation) return;
  const words = tools.dataset;
  const said = document.getElementById("around-said");
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
    const found = [...list.children].map((site) => {
      const place = site.querySelector(".away");
      const distance = metres(place);
      place.textContent = words.away.replace("{distance}", written(distance));
      return [distance, site];
    });
    found.sort((a, b) => a[0] - b[0]);
    list.replaceChildren(...found.map(([, site]) => site));
  }

  button.addEventListener("click", () => {
    said.textContent = words.looking;
    navigator.geolocation.getCurrentPosition((position) => {
      from = { lat: radians(position.coords.latitude), lon: radians(position.coords.longitude) };
      sort();
      said.textContent = words.sorted;
    }, () => { said.textContent = words.failed; }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });
  list.addEventListener("cityhub:exchanged", () => { if (from) sort(); });
  tools.hidden = false;
})();
