// Asks again and again while somebody is looking: not in a hidden tab, and ever more rarely of a server that is gone.

const SLOWEST = 60_000;

export function poll(every, ask, failed) {
  let timer = null;
  let failures = 0;

  async function once() {
    clearTimeout(timer);
    try {
      await ask();
      failures = 0;
    } catch (error) {
      if (error.name === "AbortError") return; // asked anew meanwhile
      failures += 1;
      failed(error, pause());
    }
    if (!document.hidden) timer = setTimeout(once, pause());
  }

  const pause = () => Math.min(SLOWEST, every * 2 ** failures);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : once()));
  return once;
}
