// Reports which pages are visited. No cookies, nothing stored. Off where Do Not Track or Global Privacy Control is on.
(function () {
  var page = document, agent = navigator, script = page.currentScript, options = script.dataset, path, last = 0;
  if (agent.doNotTrack == 1 || window.doNotTrack == 1 || agent.globalPrivacyControl) return;
  var url = (options.api || new URL(script.src).origin) + "/api/collect?apikey=" + encodeURIComponent(options.key || "");

  function visible() { return page.visibilityState == "visible"; }

  function send(beat) {
    last = Date.now();
    var body = JSON.stringify({
      domain: options.domain || location.hostname, path: path, subject: page.title.slice(0, 300),
      visitor: options.visitor, beat: beat
    });
    try {
      agent.sendBeacon(url, body) || fetch(url, { method: "POST", body: body, keepalive: true }).catch(function () {});
    } catch (blocked) {}
  }

  function view() {
    var now = location.pathname.slice(0, 600);
    if (visible() && now != path) { path = now; send(false); }
  }

  function beat() {
    if (path && Date.now() - last > 1000) send(true);
  }

  function later() { setTimeout(view, 50); }

  var push = history.pushState;
  history.pushState = function () { push.apply(this, arguments); later(); };
  addEventListener("popstate", later);
  addEventListener("pagehide", beat);
  page.addEventListener("visibilitychange", function () { view(); beat(); });
  setInterval(function () { if (visible()) beat(); }, 15000);
  view();
})();
