// Colours the air between the stations where it is no guess, while that layer is switched on, and says what it shows.
(function (cityhub) {
  "use strict";

  const { config, _ } = cityhub;
  const REFRESH_MS = 30000;

  cityhub.airField = function (map, layer) {
    const note = document.getElementById("field-note");
    let timer = null;

    map.createPane("air-field").style.zIndex = 350; // below rivers and streets
    const shapes = L.geoJSON(null, {
      pane: "air-field",
      interactive: false,
      style: (feature) => ({
        className: "air-field", stroke: false, fillOpacity: 0.4,
        fillColor: /^#[0-9a-f]{6}$/i.test(feature.properties.color) ? feature.properties.color : config.noDataColor,
      }),
    }).addTo(layer);

    function show(field) {
      shapes.clearLayers();
      shapes.addData(field);
      if (field.why) {
        note.textContent = _("field.few", { n: field.stations, needed: field.mask.least_stations });
        return;
      }
      note.textContent = _("field.note", {
        n: field.stations,
        time: cityhub.clockTime(new Date(field.time)),
        error: field.error === null ? "–" : cityhub.number(field.error, 1),
      });
    }

    async function load() {
      try {
        const response = await fetch(config.fieldUrl);
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        const field = await response.json();
        if (map.hasLayer(layer)) show(field);
      } catch {
        // What it was is not shown as what it is.
        shapes.clearLayers();
        note.textContent = _("field.unknown");
      }
    }

    layer.on("add", () => {
      note.hidden = false;
      note.textContent = _("field.loading");
      load();
      timer = window.setInterval(load, REFRESH_MS);
    });
    layer.on("remove", () => {
      note.hidden = true;
      window.clearInterval(timer);
      shapes.clearLayers();
    });
  };
})(window.cityhub);
