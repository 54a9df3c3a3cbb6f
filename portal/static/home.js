// The first page: one headline figure per kind and a small drawing of where, both from the live readings.
(function (cityhub) {
  "use strict";

  const { config, _, ngettext, number, shortName } = cityhub;
  const SVG = "http://www.w3.org/2000/svg";
  const FLOODED_CM = 10;
  const known = new Map(Object.keys(config.dataUrls).map((kind) => [kind, new Map()]));

  const markerOf = (feature) => feature.properties.marker;
  const isAlive = (feature) => feature.properties.status !== "offline";
  const measured = (features) => features.filter((f) => isAlive(f) && markerOf(f).value !== null);

  function median(sorted) {
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  // Each gives {value, unit, color, caption, detail} from the Features that measure something, lowest first.
  const headlines = {
    air(features) {
      const value = median(features.map((f) => markerOf(f).value));
      const nearest = features.reduce((best, f) =>
        Math.abs(markerOf(f).value - value) < Math.abs(markerOf(best).value - value) ? f : best);
      const worst = features[features.length - 1];
      return {
        value: number(value, 1), unit: "µg/m³", color: markerOf(nearest).color, caption: _("card.air"),
        detail: `${shortName(worst)}: ${number(markerOf(worst).value, 1)} µg/m³`,
      };
    },
    rain(features) {
      const worst = features[features.length - 1];
      const { value, color } = markerOf(worst);
      const detail = value > 0 ? _("card.at", { name: shortName(worst) }) : _("card.rain_none");
      return { value: number(value, 1), unit: "mm", color, caption: _("card.rain"), detail };
    },
    flood(features) {
      const flooded = features.filter((f) => markerOf(f).value >= FLOODED_CM);
      const worst = features[features.length - 1];
      const detail = flooded.length
        ? _("card.flood_deepest", { value: number(markerOf(worst).value, 0), name: shortName(worst) })
        : _("card.flood_none");
      return { value: number(flooded.length, 0), unit: "", color: markerOf(worst).color, caption: _("card.flood"), detail };
    },
    parking(features) {
      const sum = (pick) => features.reduce((total, f) => total + pick(f.properties), 0);
      const full = features.filter((f) => f.properties.state === "full").length;
      const best = features[features.length - 1];
      return {
        value: number(sum((p) => p.free), 0), unit: "", color: markerOf(best).color,
        caption: _("card.parking", { capacity: number(sum((p) => p.capacity), 0) }),
        detail: _("card.parking_full", { full, places: features.length }),
      };
    },
  };

  // Of the other kinds the place where the headline figure is worst.
  function worstPlace(kind, features) {
    const { headline, headlineName, unit, lowIsWorse } = config.kinds[kind];
    const place = features[lowIsWorse ? 0 : features.length - 1];
    const { value, color } = markerOf(place);
    return {
      value: number(value, cityhub.property(kind, headline).decimals), unit, color,
      caption: lowIsWorse ? _("card.lowest", { figure: headlineName }) : _("card.highest", { figure: headlineName }),
      detail: _("card.at", { name: shortName(place) }),
    };
  }

  const summed = (kind, features) => (headlines[kind] ? headlines[kind](features) : worstPlace(kind, features));

  function draw(card, features) {
    const sketch = card.querySelector(".sketch");
    const { west, north, xScale, yScale } = sketch.dataset;
    const dots = features.map((feature) => {
      const dot = document.createElementNS(SVG, "circle");
      const [lon, lat] = feature.geometry.coordinates;
      dot.setAttribute("cx", ((lon - west) * xScale).toFixed(1));
      dot.setAttribute("cy", ((north - lat) * yScale).toFixed(1));
      dot.setAttribute("r", isAlive(feature) ? "5" : "3.5");
      dot.setAttribute("fill", markerOf(feature).color);
      return dot;
    });
    sketch.querySelector(".dots").replaceChildren(...dots);
  }

  function show(kind) {
    const card = document.querySelector(`.card[data-kind="${kind}"]`);
    const all = [...known.get(kind).values()];
    const features = measured(all).sort((a, b) => markerOf(a).value - markerOf(b).value);
    const set = (name, text) => { card.querySelector(name).textContent = text; };
    const made = features.length
      ? summed(kind, features)
      : { value: "–", unit: "", color: null, caption: _("home.no_data_yet"), detail: "" };
    set(".value", made.value);
    set(".unit", made.unit);
    set(".caption", made.caption);
    set(".detail", made.detail);
    const counts = { online: all.filter(isAlive).length, total: all.length };
    set(".alive", ngettext("home.sensor_online", "home.sensors_online", counts.total, counts));
    const swatch = card.querySelector(".swatch");
    swatch.hidden = made.color === null;
    if (made.color) swatch.style.backgroundColor = made.color;
    draw(card, all.slice().sort((a, b) => (markerOf(a).value ?? -1) - (markerOf(b).value ?? -1)));
  }

  cityhub.follow(config.dataUrls, config.liveUrl, (kind, features, whole) => {
    const held = known.get(kind);
    if (whole) held.clear();
    for (const feature of features) held.set(feature.id, feature);
    show(kind);
  });
})(window.cityhub);
