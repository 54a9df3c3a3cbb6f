// The names of lakes, rivers, streets and areas on the map, as many as have room.
(function (cityhub) {
  "use strict";

  const { element } = cityhub;

  cityhub.placeNames = function (drawn) {
    const { map } = drawn;
    map.createPane("place-names").style.zIndex = 450; // above areas and lines, below markers

    function label(layer, text, className, offset = [0, 0]) {
      layer.bindTooltip(element("span", "", text), {
        pane: "place-names", permanent: true, direction: "center", className: `place-name ${className}`, interactive: false, offset,
      });
    }

    // The middle of a bent river's outline is on dry land: the name goes to its bank nearest to the city.
    function nameRiver(group, layer, name) {
      const points = layer.getLatLngs().flat(3);
      const city = map.getCenter();
      const nearest = points.reduce((best, p) => (map.distance(p, city) < map.distance(best, city) ? p : best));
      const options = { pane: "place-names", direction: "center", className: "place-name name-river", interactive: false };
      group.addLayer(L.tooltip(options).setLatLng(nearest).setContent(element("span", "", name)));
    }

    function labelBase() {
      for (const group of [drawn.water, drawn.streets]) {
        const named = new Set(); // a street in several pieces is named once
        group.eachLayer((layer) => {
          const { name, class: type } = layer.feature.properties;
          if (!name || named.has(name)) return;
          named.add(name);
          if (type === "river") {
            nameRiver(group, layer, name);
            return;
          }
          // Beside its line, so that markers along a street leave its name readable.
          label(layer, name, `name-${type}`, group === drawn.streets ? [0, -20] : [0, 0]);
        });
      }
      const byZoom = () => {
        map.getContainer().dataset.zoom = map.getZoom() >= 15 ? "street" : map.getZoom() >= 12 ? "city" : "region";
      };
      map.on("zoomend", byZoom);
      byZoom();
    }

    // A name that would run into another one waits until one zooms in. Lakes and streets come before areas.
    function declutter() {
      const taken = [];
      for (const node of map.getPane("place-names").children) {
        const box = node.getBoundingClientRect();
        const free = taken.every((other) =>
          box.right < other.left || other.right < box.left || box.bottom < other.top || other.bottom < box.top);
        node.classList.toggle("covered", !free);
        if (free && box.width > 0) taken.push(box);
      }
    }

    labelBase();
    map.on("zoomend overlayadd overlayremove", declutter);
    return { label, declutter };
  };
})(window.cityhub);
