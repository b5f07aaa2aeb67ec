// Repeat a request while the tab is visible, and less often while the server fails.

const MAX_DELAY_MS = 60_000;

// Return a function that sends the request now; each call restarts the interval.
export function createPoller(interval, request, onFailure) {
  let timer = null;
  let failures = 0;

  async function run() {
    clearTimeout(timer);
    try {
      await request();
      failures = 0;
    } catch (error) {
      if (error.name === "AbortError") return; // a newer request has replaced this one
      failures += 1;
      onFailure(error, delay());
    }
    if (!document.hidden) timer = setTimeout(run, delay());
  }

  const delay = () => Math.min(MAX_DELAY_MS, interval * 2 ** failures);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : run()));
  return run;
}
