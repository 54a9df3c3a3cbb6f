// Draws the sensors of one kind into the layers that Folium made, and keeps them up to date.
(function (cityhub) {
  "use strict";

  const { config, _, element } = cityhub;
  const { headline, isInstead, withUnit, statusWords, spoken, weight, popupContent } = cityhub.reading;
  const ICON = { width: 48, height: 40 }; // the area that answers to a finger
  const FRAME_M = 17000; // outlying sensors do not make the city small

  // Black or white, whichever reads better on the colour (WCAG relative luminance).
  function inkOn(color) {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
  }

  cityhub.liveMap = function (drawn) {
    const { map } = drawn;
    const entries = new Map();
    const narrow = window.matchMedia("(max-width: 700px), (max-height: 420px)").matches;
    // Popups open clear of the buttons around the map.
    const popupRoom = {
      autoPanPaddingTopLeft: narrow ? [10, 122] : [64, 16],
      autoPanPaddingBottomRight: narrow ? [10, 16] : [160, 16],
    };
    const listBody = document.querySelector("#sensor-list tbody");
    let framed = false;

    map.attributionControl.setPrefix(false).addAttribution(config.credit);
    nameControls();
    const names = cityhub.placeNames(drawn);
    const { water, streets, areas, online, offline, field } = drawn;
    if (field) cityhub.airField(map, field);
    const view = cityhub.sharedView(map, { water, streets, areas, online, offline }, field ? { field } : {}, (id, isPlaced) => {
      const entry = entries.get(id);
      if (entry) visit(entry, isPlaced);
      return Boolean(entry);
    });
    let userMoved = view.isTold;

    function nameControls() {
      const toggle = drawn.control.getContainer().querySelector(".leaflet-control-layers-toggle");
      toggle.title = _("map.layers");
      toggle.setAttribute("aria-label", toggle.title);
      map.on("popupopen", (event) => {
        const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
        close.title = _("map.close");
        close.setAttribute("aria-label", close.title);
      });
    }

    function drawAreas(collection) {
      if (!collection.features || collection.features.length === 0) {
        drawn.control.removeLayer(drawn.areas);
        return;
      }
      L.geoJSON(collection, {
        interactive: false,
        style: { className: "base base-area", fill: false },
        onEachFeature: (feature, layer) => names.label(layer, cityhub.shortName(feature), "name-area"),
      }).addTo(drawn.areas);
      names.declutter();
    }

    function addEntry(feature) {
      const pill = element("span", "pin-value");
      const icon = L.divIcon({ className: "pin", html: pill, iconSize: [ICON.width, ICON.height] });
      const [lon, lat] = feature.geometry.coordinates;
      const entry = { feature, pill, marker: L.marker([lat, lon], { icon, keyboard: true }) };
      entry.marker.bindPopup(() => popupContent(entry), { maxWidth: 290, minWidth: 220, ...popupRoom });
      entry.marker.on("add", () => {
        const node = entry.marker.getElement();
        node.dataset.sensor = entry.feature.id;
        node.addEventListener("keydown", (event) => {
          if (event.key === "Escape") map.closePopup();
          if (event.key !== " ") return; // Leaflet itself answers to Enter
          event.preventDefault();
          entry.marker.openPopup();
        });
        paint(entry);
      });
      entry.marker.on("popupopen", () => view.opened(entry.feature.id));
      entry.marker.on("popupclose", () => view.closed(entry.feature.id));
      // Closing a popup by keyboard leads back to the marker it belongs to.
      entry.marker.on("popupclose", () => {
        const node = entry.marker.getElement();
        if (node && document.activeElement === document.body) node.focus({ preventScroll: true });
      });
      addRow(entry);
      return entry;
    }

    function addRow(entry) {
      const row = listBody.insertRow();
      const name = element("button", "", cityhub.shortName(entry.feature));
      name.type = "button";
      name.addEventListener("click", () => {
        if (narrow) document.getElementById("sensor-list").open = false;
        visit(entry, false);
      });
      const head = element("th");
      head.scope = "row";
      head.append(name);
      row.append(head);
      entry.cells = [row.insertCell(), row.insertCell(), row.insertCell()];
      entry.row = row;
    }

    // Shows a sensor with its popup; `isPlaced`: the map lies right already.
    function visit(entry, isPlaced) {
      map.addLayer(layersOf(entry)[0]); // may be switched off
      if (!isPlaced) map.setView(entry.marker.getLatLng(), Math.max(map.getZoom(), 15), { animate: false });
      entry.marker.openPopup();
      entry.marker.getElement().focus({ preventScroll: true });
    }

    function paint(entry) {
      const { properties } = entry.feature;
      const color = /^#[0-9a-f]{6}$/i.test(properties.marker.color) ? properties.marker.color : config.noDataColor;
      const text = headline(properties, true);
      entry.pill.textContent = text;
      const node = entry.marker.getElement();
      if (node) {
        node.style.setProperty("--band", color);
        node.style.setProperty("--ink", inkOn(color));
        node.classList.toggle("late", properties.status === "late");
        node.classList.toggle("instead", isInstead(properties));
        node.classList.toggle("empty", text === "–");
        node.setAttribute("aria-label", spoken(entry.feature));
      }
      entry.cells[0].textContent = withUnit(properties);
      entry.cells[1].textContent = statusWords(properties);
      entry.cells[2].textContent = properties.time ? cityhub.fullTime(properties.time).slice(0, 19) : "–";
    }

    // The layer of the entry's state, and the other one.
    function layersOf(entry) {
      const { offline, online } = drawn;
      return entry.feature.properties.status === "offline" ? [offline, online] : [online, offline];
    }

    function place(entry) {
      const [home, other] = layersOf(entry);
      if (home.hasLayer(entry.marker)) return;
      other.removeLayer(entry.marker);
      home.addLayer(entry.marker);
    }

    function show(feature) {
      let entry = entries.get(feature.id);
      if (!entry) {
        entry = addEntry(feature);
        entries.set(feature.id, entry);
      } else if ((feature.properties.time || "") < (entry.feature.properties.time || "")) {
        return; // a load that was overtaken by the live stream
      }
      entry.feature = feature;
      place(entry);
      paint(entry);
      if (entry.marker.isPopupOpen()) entry.marker.getPopup().update();
    }

    // Prints the figures that have room, the weightiest first; the others shrink to dots until one zooms in.
    function declutter() {
      const shown = [...entries.values()].filter((entry) => entry.marker.getElement());
      shown.sort((a, b) => weight(b) - weight(a));
      const taken = [];
      for (const entry of shown) {
        const { x, y } = map.latLngToLayerPoint(entry.marker.getLatLng());
        const width = 22 + entry.pill.textContent.length * 8;
        const free = taken.every((box) => Math.abs(box.x - x) > (box.width + width) / 2 || Math.abs(box.y - y) > 30);
        entry.marker.getElement().classList.toggle("small", !free);
        entry.marker.setZIndexOffset(weight(entry) * 100 + (free ? 2000 : 0));
        if (free) taken.push({ x, y, width });
      }
    }

    function sortList() {
      const sorted = [...entries.values()].sort((a, b) => weight(b) - weight(a)
        || cityhub.shortName(a.feature).localeCompare(cityhub.shortName(b.feature), config.lang));
      listBody.append(...sorted.map((entry) => entry.row));
      document.getElementById("sensor-count").textContent = `(${entries.size})`;
    }

    function frame() {
      if (framed || userMoved || entries.size === 0) return;
      framed = true;
      const places = [...entries.values()].map((entry) => entry.marker.getLatLng());
      const near = places.filter((place) => map.distance(place, map.getCenter()) < FRAME_M);
      const bounds = L.latLngBounds(near.length ? near : places);
      const legend = document.getElementById("legend");
      const beside = legend.open ? legend.offsetWidth + 20 : 0; // no sensor opens below the legend
      map.fitBounds(bounds, {
        paddingTopLeft: [36 + beside, 60], paddingBottomRight: [36, 60],
        maxZoom: config.about.closest, animate: false,
      });
    }

    function onData(_kind, { features }, whole) {
      features.forEach(show);
      if (whole) {
        const present = new Set(features.map((feature) => feature.id));
        for (const [id, entry] of entries) {
          if (present.has(id)) continue;
          entry.marker.remove();
          drawn.online.removeLayer(entry.marker);
          drawn.offline.removeLayer(entry.marker);
          entry.row.remove();
          entries.delete(id);
        }
        // Not while somebody reads or steps through the list.
        if (!listBody.contains(document.activeElement)) sortList();
      }
      frame();
      declutter();
      view.arrived();
    }

    map.on("zoomend overlayadd", declutter);
        map.on("dragstart", () => { userMoved = true; });
    window.setInterval(() => {
      for (const entry of entries.values()) {
        if (entry.age && entry.marker.isPopupOpen()) entry.age.textContent = cityhub.age(entry.feature.properties.time);
      }
    }, 1000);

    document.getElementById("legend").open = !narrow;
    if (config.snapshot) {
      cityhub.freeze(config.snapshot.collection);
      onData(config.kind, config.snapshot.collection, true);
      drawAreas(config.snapshot.areas);
    } else {
      cityhub.follow({ [config.kind]: config.dataUrl }, config.liveUrl, onData);
      fetch(config.areasUrl)
        .then((response) => (response.ok ? response.json() : { features: [] }))
        .catch(() => ({ features: [] }))
        .then(drawAreas);
    }
  };
})(window.cityhub);
