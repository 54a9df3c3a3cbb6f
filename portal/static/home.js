// The first page: keeps the headline figure of each kind, the small drawing of where, and the lists up to date.
(function (cityhub) {
  "use strict";

  const { config, _, ngettext, number, shortName } = cityhub;
  const SVG = "http://www.w3.org/2000/svg";
  const known = new Map(Object.keys(config.dataUrls).map((kind) => [kind, new Map()]));

  const figureOf = (feature) => feature.properties.marker.value ?? -1;

  function draw(card, features) {
    const sketch = card.querySelector(".sketch");
    const { west, north, xScale, yScale } = sketch.dataset;
    const dots = features.map((feature) => {
      const dot = document.createElementNS(SVG, "circle");
      const [lon, lat] = feature.geometry.coordinates;
      dot.setAttribute("cx", ((lon - west) * xScale).toFixed(1));
      dot.setAttribute("cy", ((north - lat) * yScale).toFixed(1));
      dot.setAttribute("r", feature.properties.status === "offline" ? "3.5" : "5");
      dot.setAttribute("fill", feature.properties.marker.color);
      return dot;
    });
    sketch.querySelector(".dots").replaceChildren(...dots);
  }

  function show(kind, summary) {
    const card = document.querySelector(`.card[data-kind="${kind}"]`);
    const set = (name, text) => { card.querySelector(name).textContent = text; };
    const isMeasured = summary.value !== null;
    const [caption, detail] = config.lang === "en"
      ? [summary.caption_en, summary.detail_en]
      : [summary.caption, summary.detail];
    set(".value", isMeasured ? number(summary.value, summary.decimals) : "–");
    set(".unit", summary.unit);
    set(".caption", isMeasured ? caption : _("home.no_data_yet"));
    set(".detail", detail);
    set(".alive", ngettext("home.sensor_online", "home.sensors_online", summary.total, summary));
    const swatch = card.querySelector(".swatch");
    swatch.toggleAttribute("hidden", !isMeasured);
    swatch.setAttribute("color", summary.color);
    draw(card, [...known.get(kind).values()].sort((a, b) => figureOf(a) - figureOf(b)));
  }

  // What is bad and what changed is told by the server.
  async function loadLists() {
    try {
      const answer = await fetch(cityhub.here);
      if (answer.ok) cityhub.exchange(await answer.text());
    } catch {
      // The next change comes by; the line above says that there is no connection.
    }
  }

  cityhub.follow(config.dataUrls, config.liveUrl, (kind, { features, summary }, whole) => {
    const held = known.get(kind);
    if (whole) held.clear();
    for (const feature of features) held.set(feature.id, feature);
    show(kind, summary);
    if (!whole) cityhub.later(loadLists);
  });
})(window.cityhub);
