// Readings from the API: load once, then follow /api/v1/live; where that fails, ask every 30 s.
// Used by the maps and by the first page. No data from the API is ever written as HTML.
window.cityhub = window.cityhub || {};

(function (cityhub) {
  "use strict";

  const config = JSON.parse(document.getElementById("cityhub-config").textContent);
  const POLL_MS = 30000; // while there is no live stream
  const REFRESH_MS = 60000; // beside a live stream: statuses age without any message
  let clockOffset = 0; // the hub's clock minus this device's: phones' clocks are often wrong
  let frozenAt = null; // a snapshot's time

  function now() {
    return frozenAt === null ? Date.now() + clockOffset : frozenAt;
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  // The sentence of a message id, which is a literal: the server looks for them in this file and sends their sentences.
  function _(id, values) {
    return fill(config.messages[id], values || {});
  }

  const plural = new Intl.PluralRules(config.lang);

  function ngettext(one, _many, n, values) {
    const forms = config.messages[one];
    return fill(forms[plural.select(n) === "one" ? 0 : forms.length - 1], values);
  }

  function number(value, decimals) {
    // What rounds to nothing is 0, with no sign before it.
    const shown = Number(value.toFixed(decimals)) === 0 ? 0 : value;
    return new Intl.NumberFormat(config.lang, { maximumFractionDigits: decimals }).format(shown);
  }

  const clockFormat = { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

  function clockTime(moment) {
    return new Intl.DateTimeFormat("en-GB", clockFormat).format(moment);
  }

  function fullTime(text) {
    const format = { ...clockFormat, second: "2-digit", day: "2-digit", month: "2-digit", year: "numeric" };
    const parts = {};
    for (const part of new Intl.DateTimeFormat("en-GB", format).formatToParts(new Date(text))) {
      parts[part.type] = part.value;
    }
    return `${parts.hour}:${parts.minute}:${parts.second} ${parts.day}/${parts.month}/${parts.year} (+07:00)`;
  }

  function age(text) {
    const seconds = Math.max(0, Math.round((now() - Date.parse(text)) / 1000));
    const [days, hours, minutes] = [86400, 3600, 60].map((length) => Math.floor(seconds / length));
    if (days) return ngettext("age.day", "age.days", days, { n: days });
    if (hours) return ngettext("age.hour", "age.hours", hours, { n: hours });
    if (minutes) return ngettext("age.minute", "age.minutes", minutes, { n: minutes });
    return seconds ? ngettext("age.second", "age.seconds", seconds, { n: seconds }) : _("age.now");
  }

  function shortName(feature) {
    return (config.lang === "en" && feature.properties.name_en) || feature.properties.name;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // Shows whether the figures on the page are fresh, in the page's #connection line.
  function connectionLine() {
    const line = document.getElementById("connection");
    let heard = config.servedAt ? Date.parse(config.servedAt) : null; // what the page itself came with
    return (online) => {
      if (online) heard = now();
      const lost = heard === null
        ? _("connection.lost_empty")
        : _("connection.lost", { time: clockTime(heard) });
      line.hidden = online;
      line.textContent = online ? "" : lost;
    };
  }

  // Calls onData(kind, {features, summary}, whole) now and at every change; `whole` says that nothing else exists.
  // Where the addresses give something else, `read` says what a load is of an answer. Returns what loads all anew.
  function follow(urls, liveUrl, onData, read = (answer) => answer.json()) {
    const etags = {};
    const loading = {}; // the newest load of each kind
    const heardMeanwhile = {}; // what the stream said while a load was under way
    const showConnection = connectionLine();
    let stream = null;
    let reopen = null;
    let streaming = false;
    let lastLoad = 0;

    // One after the other, so that an older answer never covers a newer one.
    function load(kind) {
      const before = (loading[kind] || Promise.resolve()).catch(() => {});
      loading[kind] = before.then(() => ask(kind)).finally(() => delete heardMeanwhile[kind]);
      return loading[kind];
    }

    async function ask(kind) {
      heardMeanwhile[kind] = [];
      const headers = etags[kind] ? { "If-None-Match": etags[kind] } : {};
      const response = await fetch(urls[kind], { headers });
      const served = Date.parse(response.headers.get("Date") || "");
      if (!Number.isNaN(served)) clockOffset = served - Date.now();
      if (response.status === 304) return;
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const collection = await read(response);
      etags[kind] = response.headers.get("ETag");
      onData(kind, collection, true);
      for (const change of heardMeanwhile[kind]) onData(kind, change, false);
    }

    async function loadAll() {
      lastLoad = Date.now();
      const results = await Promise.allSettled(Object.keys(urls).map(load));
      showConnection(results.every((result) => result.status === "fulfilled"));
    }

    function open() {
      window.clearTimeout(reopen);
      stream = new EventSource(liveUrl);
      stream.addEventListener("open", () => {
        // Whatever changed before the stream stood, be it a moment ago, is in a fresh load.
        if (!streaming) loadAll();
        streaming = true;
      });
      stream.addEventListener("latest", (event) => {
        const change = JSON.parse(event.data);
        if (!(change.kind in urls)) return;
        if (heardMeanwhile[change.kind]) heardMeanwhile[change.kind].push(change);
        onData(change.kind, change, false);
        showConnection(true);
      });
      stream.addEventListener("error", () => {
        if (streaming) loadAll();
        streaming = false;
        if (stream.readyState === EventSource.CLOSED) reopen = window.setTimeout(open, 5000);
      });
    }

    function close() {
      window.clearTimeout(reopen);
      if (stream) stream.close();
      stream = null;
      streaming = false;
    }

    loadAll();
    open();
    window.setInterval(() => {
      const wait = streaming ? REFRESH_MS : POLL_MS;
      if (!document.hidden && Date.now() - lastLoad >= wait) loadAll();
    }, 5000);
    // A hidden page needs no stream: browsers allow only six connections to one host.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        close();
      } else if (!stream) {
        loadAll();
        open();
      }
    });
    window.addEventListener("online", loadAll);
    window.addEventListener("offline", () => showConnection(false));
    return loadAll;
  }

  function freeze(collection) {
    frozenAt = Date.parse(collection.generated_at);
    const line = document.getElementById("connection");
    line.hidden = false;
    line.classList.add("calm");
    line.textContent = _("snapshot.taken", { time: fullTime(collection.generated_at) });
  }

  Object.assign(cityhub, { config, _, ngettext, number, clockTime, fullTime, age, shortName, element, follow, freeze });
})(window.cityhub);
