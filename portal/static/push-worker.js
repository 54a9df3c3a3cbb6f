// Shows what the hub tells this browser before the end of a stay. Loaded by worker.js.
"use strict";
self.addEventListener("push", (event) => {
  const told = event.data.json();
  event.waitUntil(self.registration.showNotification(told.title, {
    body: told.body,
    lang: told.lang,
    // What comes twice is shown once.
    tag: told.path,
    icon: "/static/icon.svg",
    data: { path: told.path },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path } = event.notification.data;
  event.waitUntil((async () => {
    const found = new URL(path, self.location.origin);
    for (const client of await self.clients.matchAll({ type: "window" })) {
      if (new URL(client.url).pathname === found.pathname) return client.focus();
    }
    return self.clients.openWindow(found.href);
  })());
});
