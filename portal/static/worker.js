// Without a connection, or while the hub is down, the driver's and the residents' pages are shown as they were, and say of when they are.
"use strict";
importScripts("/static/push-worker.js");
const PAGES = "pages-1";
const FILES = "files-1";
const OFFLINE = "/parking/offline"; // of drivers
const RESIDENTS_OFFLINE = "/offline";
const MOST = { [PAGES]: 40, [FILES]: 40 };

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(PAGES);
    await cache.addAll([OFFLINE, RESIDENTS_OFFLINE].map((path) => new Request(path, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (!(name in MOST)) await caches.delete(name);
    await self.clients.claim();
  })());
});

async function keep(name, request, answer) {
  const cache = await caches.open(name);
  await cache.put(request, answer);
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MOST[name]))) {
    if (![OFFLINE, RESIDENTS_OFFLINE].includes(new URL(old.url).pathname)) await cache.delete(old);
  }
}

// A page carries the sentence that says of when it is, hidden until it is shown without a connection. One that cannot say
// so is not shown.
const SAYS = 'id="offline" hidden';
async function asOfThen(kept) {
  const text = await kept.text();
  return text.includes(SAYS) && new Response(text.replace(SAYS, 'id="offline"'), { headers: kept.headers });
}

async function page(request, fallback) {
  const offline = async () => {
    const cache = await caches.open(PAGES);
    const kept = request.method === "GET" ? await cache.match(request, { ignoreVary: true }) : undefined;
    return (kept && await asOfThen(kept)) || cache.match(fallback, { ignoreVary: true });
  };
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (await offline()) ?? Response.error();
  }
  if (answer.status >= 500) return (await offline()) ?? answer;
  if (request.method === "GET" && answer.ok && !answer.redirected) await keep(PAGES, request, answer.clone());
  return answer;
}

async function file(request) {
  const kept = await (await caches.open(FILES)).match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await keep(FILES, request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  const isDrivers = /^\/(parking($|\/)|[pr]\/)/.test(url.pathname) && !url.pathname.endsWith(".pdf");
  const isResidents = /^\/($|(air|rain|flood|water|data|alerts)($|\/))/.test(url.pathname);
  if (request.mode === "navigate" && isDrivers) event.respondWith(page(request, OFFLINE));
  else if (request.mode === "navigate" && isResidents) event.respondWith(page(request, RESIDENTS_OFFLINE));
  else if (url.pathname.startsWith("/static/") && url.searchParams.has("v")) event.respondWith(file(request));
});
