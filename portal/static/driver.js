// The plate stays on this device, and only when its driver asks for it.
"use strict";
(() => {
  const KEY = "cityhub-plate";
  const plate = document.getElementById("plate");
  const remember = document.getElementById("remember");
  if (!plate || !remember) return;
  let store;
  try {
    store = window.localStorage;
    store.getItem(KEY);
  } catch {
    return; // A browser that keeps nothing.
  }
  remember.closest("label").hidden = false;
  const kept = store.getItem(KEY);
  if (kept) {
    remember.checked = true;
    if (!plate.value) plate.value = kept;
  }
  const keep = () => {
    if (remember.checked && plate.value) store.setItem(KEY, plate.value);
    else store.removeItem(KEY);
  };
  remember.addEventListener("change", keep);
  plate.form.addEventListener("submit", keep);
})();
