// What a process costs while something runs in it: the most memory, and the longest time that its main thread stood still.
const TICK_MS = 5;
const MB = 1024 * 1024;

export type Cost = { memoryMb: number; stallMs: number };

/** Watches until `stop`; between `begin` and `end` it measures. */
export function watchProcess(): { begin(): void; end(): Cost; stop(): void } {
  let before = 0;
  let most = 0;
  let last = performance.now();
  let stall = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    stall = Math.max(stall, now - last - TICK_MS);
    most = Math.max(most, process.memoryUsage.rss());
    last = performance.now();
  }, TICK_MS);
  return {
    begin() {
      before = most = process.memoryUsage.rss();
      stall = 0;
      last = performance.now();
    },
    end: () => ({
      memoryMb: Math.round((Math.max(most, process.memoryUsage.rss()) - before) / MB),
      stallMs: Math.round(Math.max(stall, performance.now() - last - TICK_MS)),
    }),
    stop: () => clearInterval(timer),
  };
}
