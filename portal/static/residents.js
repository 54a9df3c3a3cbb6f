// A residents' page follows its kind: what changes there is taken from the page as the server makes it anew.
(function (cityhub) {
  "use strict";

  const { config } = cityhub;
  if (!config.kind) return;

  const reload = cityhub.follow(
    { [config.kind]: cityhub.here },
    config.liveUrl,
    (_kind, told, whole) => (whole ? cityhub.exchange(told) : cityhub.later(reload)),
    (answer) => answer.text(),
  );
})(window.cityhub);
