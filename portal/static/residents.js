// A residents' page follows its kind: what changes there is taken from the page as the server makes it anew.
(function (cityhub) {
  "use strict";

  // Whoever is led to a site that is folded away finds it open.
  function unfold() {
    const found = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
    const folded = found && found.closest("details.more");
    if (!folded || folded.open) return;
    folded.open = true;
    found.scrollIntoView();
  }
  window.addEventListener("hashchange", unfold);
  unfold();

  const { config } = cityhub;
  if (!config.kind) return;

  const reload = cityhub.follow(
    { [config.kind]: cityhub.here },
    config.liveUrl,
    (_kind, told, whole) => (whole ? cityhub.exchange(told) : cityhub.later(reload)),
    (answer) => answer.text(),
  );
})(window.cityhub);
