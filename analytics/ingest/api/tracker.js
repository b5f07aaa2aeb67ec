// Reports which pages are visited. No cookies, nothing stored. Off where Do Not Track or Global Privacy Control is on.
// What is served is tracker.min.js: `make tracker` writes it.
(() => {
  const page = document;
  const agent = navigator;
  const own = page.currentScript;

  // In a module and in a bundle there is no current script: then the element counts that names us or our address.
  const named = "script[src*='tracker.js'],script[data-api]";
  const script = own && own.matches(named) ? own : page.querySelector(named) || own;
  if (!script || agent.doNotTrack === "1" || agent.globalPrivacyControl) return;
  const options = script.dataset;
  const api = (options.api ? options.api + "/" : script.src).replace(/\/+[^/]*(\?.*)?$/, "");
  let referrer = page.referrer;
  let last = 0;
  let path;
  let before;
  let waiting;
  let timer;

  const address = () =>
    (location.pathname + ("hash" in options ? location.hash : "")).slice(0, 600).replace(/%.?$/, "");

  // Whole characters: a pair of surrogates is one.
  const cut = (text) => [...text || ""].slice(0, 300).join("");

  function send(beat, untitled) {
    last = Date.now();
    const url = api + "/api/collect?apikey=" + encodeURIComponent(options.key || "");
    const given = new URLSearchParams(location.search);
    const body = {
      domain: options.domain || location.hostname,
      path,
      subject: untitled || address() !== path ? "" : cut(page.title),
      visitor: options.visitor,
      beat,
      referrer: cut(referrer),
      language: agent.language,
    };
    for (const name of ["utm_source", "utm_medium", "utm_campaign"]) body[name] = cut(given.get(name));
    referrer = "";
    const text = JSON.stringify(body);
    try {
      if (agent.sendBeacon(url, text)) return;
    } catch (_) {
      // It is absent or blocked.
    }
    fetch(url, { method: "POST", body: text, keepalive: true }).catch(() => {});
  }

  // A view waits until its page is seen and, in a page without reloads, until the title is no longer that of the page
  // before. Who leaves earlier has seen the page, but its title is unknown. Each beat corrects the title.
  function report() {
    if (waiting && (timer || !page.hidden)) {
      const untitled = timer && page.title === before;
      clearTimeout(timer);
      waiting = timer = 0;
      send(false, untitled);
    }
  }

  function wait(tries) {
    timer = tries && page.title === before ? setTimeout(wait, 100, tries - 1) : 0;
    if (!timer) report();
  }

  function show(tries) {
    clearTimeout(timer);
    path = address();
    before = page.title;
    waiting = 1;
    timer = 0;
    if (!page.hidden) wait(tries);
  }

  // A page that is replaced before it was reported was not seen: a redirect.
  function move(left) {
    if (address() !== path) {
      if (left) report();
      show(10);
    }
  }

  function beat() {
    report();
    if (!waiting && Date.now() - last > 1000) send(true);
  }

  for (const name of ["pushState", "replaceState"]) {
    const change = history[name];
    history[name] = function () {
      if (name === "pushState") report();
      change.apply(this, arguments);
      move();
    };
  }
  addEventListener("popstate", move);
  addEventListener("hashchange", move);
  addEventListener("pagehide", beat);
  addEventListener("pageshow", (event) => event.persisted && show());
  page.addEventListener("visibilitychange", beat);
  setInterval(() => page.hidden || timer || beat(), 15000);
  show();
})();
