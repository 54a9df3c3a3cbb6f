// What somebody sees of the map stands in the address, so that who is sent it sees the same:
// #map=ZOOM/LAT/LON&site=ID&hide=LAYER,LAYER&show=LAYER
(function (cityhub) {
  "use strict";

  function told() {
    const words = new URLSearchParams(window.location.hash.slice(1));
    const [zoom, lat, lon] = (words.get("map") || "").split("/").map((part) => (part === "" ? NaN : Number(part)));
    const isPlace = zoom >= 0 && zoom <= 30 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
    return {
      place: isPlace ? { zoom, center: [lat, lon] } : null,
      site: words.get("site"),
      hidden: (words.get("hide") || "").split(","),
      shown: (words.get("show") || "").split(","),
    };
  }

  // `layers`: those that can be switched off, by name; `more`: those that are off at first.
  // `openSite(id)` shows a sensor, and says if there is one.
  cityhub.sharedView = function (map, layers, more, openSite) {
    let site = null; // that whose popup is open
    let wanted = null; // one to be opened as soon as it is there
    let touched = false; // an address is changed by hands only

    function apply() {
      const asked = told();
      for (const [name, layer] of Object.entries(layers)) {
        if (asked.hidden.includes(name)) map.removeLayer(layer);
      }
      for (const [name, layer] of Object.entries(more)) {
        if (asked.shown.includes(name)) map.addLayer(layer);
      }
      if (asked.place) map.setView(asked.place.center, asked.place.zoom, { animate: false });
      wanted = asked.site;
      return Boolean(asked.place || asked.site);
    }

    function write() {
      if (!touched || !/^https?:$/.test(window.location.protocol)) return;
      const { lat, lng } = map.getCenter();
      const hidden = Object.keys(layers).filter((name) => !map.hasLayer(layers[name]));
      const shown = Object.keys(more).filter((name) => map.hasLayer(more[name]));
      const words = [`map=${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`];
      if (site) words.push(`site=${encodeURIComponent(site)}`);
      if (hidden.length) words.push(`hide=${hidden.join(",")}`);
      if (shown.length) words.push(`show=${shown.join(",")}`);
      window.history.replaceState(null, "", `#${words.join("&")}`);
      for (const link of document.querySelectorAll(".languages a")) link.hash = window.location.hash;
    }

    for (const by of ["pointerdown", "keydown", "wheel"]) {
      document.addEventListener(by, () => { touched = true; }, { capture: true, passive: true });
    }
    map.on("moveend overlayadd overlayremove", write);
    window.addEventListener("hashchange", () => {
      apply();
      view.arrived();
    });
    const view = {
      isTold: apply(),
      opened(id) {
        site = id;
        write();
      },
      closed(id) {
        if (site === id) site = null;
        write();
      },
      // Sensors are there: the one that was asked for may be among them.
      arrived() {
        if (wanted && openSite(wanted, told().place !== null)) wanted = null;
      },
    };
    return view;
  };
})(window.cityhub);
