// What is said of one sensor: the value on its marker, its spoken label, the rows of its popup.
(function (cityhub) {
  "use strict";

  const { config, _, element } = cityhub;
  const kind = config.about;
  const STATUS = { online: _("status.online"), late: _("status.late"), offline: _("status.offline") };
  const STATE = { open: _("parking.open"), full: _("parking.full"), closed: _("parking.closed"), unknown: _("parking.unknown") };
  const FLAG = {
    range: _("flag.range"),
    fault: _("flag.fault"),
    rate: _("flag.rate"),
    flatline: _("flag.flatline"),
    late: _("flag.late"),
    neighbour: _("flag.neighbour"),
    total: _("flag.total"),
  };

  // Why there is no index.
  const WHY = {
    no_data: _("air.why.no_data"),
    no_particles: _("air.why.no_particles"),
    not_corrected: _("air.why.not_corrected"),
    few_hours: _("air.why.few_hours"),
    not_published: _("air.why.not_published"),
    no_values: _("water.why.no_values"),
    too_few_groups: _("water.why.too_few_groups"),
  };

  const PASSABLE = { yes: _("flood.passable"), caution: _("flood.caution"), no: _("flood.closed") };
  const VEHICLES = { motorbike: _("vehicle.motorbike"), car: _("vehicle.car"), pedestrian: _("vehicle.pedestrian") };
  const RISK = { none: _("risk.none"), watch: _("risk.watch"), likely: _("risk.likely"), flooded: _("risk.flooded") };
  const inLanguage = (vi, en) => (config.lang === "en" ? en : vi);

  function figure(name) {
    return kind.properties[name] || { name, unit: "", decimals: 2, of: null };
  }

  // Does the marker show something else, because the site has no figure of the headline?
  function isInstead(properties) {
    return Boolean(kind.instead) && properties.marker.property === kind.instead.property;
  }

  function headline(properties, isShort) {
    const { value, property } = properties.marker;
    if (value === null || properties.status === "offline") return "–";
    const { decimals, of } = figure(property);
    const text = cityhub.number(value, isShort && Math.abs(value) >= 100 ? 0 : decimals);
    return of ? `${text}/${properties[of]}` : text;
  }

  function withUnit(properties) {
    const text = headline(properties, false);
    return text === "–" ? _("reading.none") : `${text} ${properties.marker.unit || ""}`.trim();
  }

  function statusWords(properties) {
    return properties.time === null ? _("reading.never") : STATUS[properties.status];
  }

  function spoken(feature) {
    const { properties } = feature;
    const { marker } = properties;
    const band = config.lang === "vi" ? marker.band : marker.band_en;
    const value = withUnit(properties);
    const name = isInstead(properties) ? kind.instead.name : kind.headlineName;
    const parts = [cityhub.shortName(feature), `${name} ${value}`, band, statusWords(properties)];
    return parts.filter(Boolean).join(", ");
  }

  // How much this marker should be seen where not all fit: the worse band first, missing data last.
  function weight(entry) {
    const { marker, status } = entry.feature.properties;
    if (marker.value === null || status === "offline") return -1;
    const starts = isInstead(entry.feature.properties) ? kind.instead.starts : kind.starts;
    const step = starts.filter((start) => marker.value >= start).length;
    return kind.lowIsWorse ? starts.length - step : step;
  }

  // What stands below a figure that the hub derived: why there is none, or the class of an index that no band names.
  function remarks(properties, name) {
    if (properties.why === "group_4_too_small") {
      return [_("water.why.group_4_too_small", { n: properties.method.minimum_group_4 })];
    }
    if (WHY[properties.why]) return [WHY[properties.why]];
    const category = config.lang === "vi" ? properties.category : properties.category_en;
    return name === "vn_wqi" && category ? [category] : [];
  }

  // Rows of the popup: [label, value with unit, flags in words].
  function rows(properties) {
    const made = [];
    const add = (name, value, flags) => {
      const { name: label, unit, decimals, of } = figure(name);
      const shownUnit = (properties.units || {})[name] || unit;
      const part = value === null || value === undefined ? "–" : cityhub.number(value, decimals);
      const text = of ? _("reading.part_of", { part, whole: properties[of] }) : part;
      made.push([label, text === "–" ? text : `${text} ${shownUnit}`.trim(), flags]);
    };
    const flagWords = (name) => {
      const time = (properties.times || {})[name];
      return ((properties.quality || {})[name] || [])
        // What is as old as the sensor is said once, below.
        .filter((flag) => flag !== "old" || time !== properties.time)
        .map((flag) => (flag === "old" ? _("reading.measured_at", { time: cityhub.fullTime(time) }) : FLAG[flag] || flag));
    };
    for (const name of kind.figures) add(name, properties[name], remarks(properties, name));
    if ("state" in properties) made.push([_("reading.state"), STATE[properties.state] || properties.state, []]);
    const reported = { ...properties.values };
    for (const name of Object.keys(kind.properties)) {
      if (name in reported) add(name, reported[name], flagWords(name));
    }
    return made;
  }

  // What the figures come to: the class of rain, who can pass through the water.
  function judged(properties) {
    const made = [];
    if (properties.kind === "rain" && properties.class) {
      made.push([_("rain.class_label"), inLanguage(properties.class, properties.class_en), []]);
    }
    if (properties.kind !== "flood") return made;
    if (properties.class) made.push([_("flood.class_label"), inLanguage(properties.class, properties.class_en), []]);
    for (const [vehicle, name] of Object.entries(VEHICLES)) {
      if (properties.depth !== null) made.push([name, PASSABLE[properties.passable[vehicle]] ?? _("flood.unknown"), []]);
    }
    if (properties.risk) made.push([_("risk.label"), RISK[properties.risk.level], []]);
    return made;
  }

  // The finest area that the sensor lies in; one of before says until when it was.
  function areaName(areas) {
    const area = config.areaLevels.map((level) => areas[level]).find(Boolean);
    if (!area) return "";
    const name = config.lang === "en" ? area.full_name_en : area.full_name;
    const isOver = area.valid_to && Date.parse(`${area.valid_to}T23:59:59+07:00`) < Date.now();
    return isOver ? _("reading.area_until", { name, date: area.valid_to.split("-").reverse().join("/") }) : name;
  }

  function popupContent(entry) {
    const { feature } = entry;
    const { properties } = feature;
    const box = element("div", "reading");
    box.append(element("h2", "", cityhub.shortName(feature)));
    const area = areaName(properties.areas);
    if (area) box.append(element("p", "area", area));
    const table = element("table");
    for (const [label, value, flags] of [...judged(properties), ...rows(properties)]) {
      const row = table.insertRow();
      const head = element("th", "", label);
      head.scope = "row";
      row.append(head, element("td", "", value));
      if (flags.length) row.lastChild.append(element("span", "flag", flags.join(", ")));
    }
    box.append(table);
    const when = element("p", "when");
    when.append(element("span", `status ${properties.status}`, statusWords(properties)));
    if (properties.time) {
      entry.age = element("span", "age", cityhub.age(properties.time));
      when.append(" · ", entry.age, element("br"));
      const time = element("time", "", cityhub.fullTime(properties.time));
      time.dateTime = properties.time;
      when.append(time);
    }
    box.append(when);
    const basis = config.bases[properties.basis] || properties.basis;
    if (basis) box.append(element("p", "basis", `${_("reading.basis")}: ${basis}`));
    if (properties.illustrative) box.append(element("p", "illustrative", _("reading.illustrative")));
    if (config.pageUrl) {
      const link = element("a", "", _("reading.page"));
      link.href = config.pageUrl.replace("{id}", encodeURIComponent(feature.id));
      // In a frame of another site the page takes a window of its own.
      if (document.body.classList.contains("embed")) Object.assign(link, { target: "_blank", rel: "noopener" });
      const more = element("p", "more");
      more.append(link);
      box.append(more);
    }
    return box;
  }

  cityhub.reading = { headline, isInstead, withUnit, statusWords, spoken, weight, popupContent };
})(window.cityhub);
