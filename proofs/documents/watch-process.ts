// What a process costs while something runs in it: the most memory, and the longest work of its main thread in one go. The
// work is measured in processor time of that thread, so that other programs on a busy machine are not taken for it.
const TICK_MS = 5;
const MB = 1024 * 1024;

export type Cost = { memoryMb: number; stallMs: number };

/** Watches until `stop`; between `begin` and `end` it measures. */
export function watchProcess(): { begin(): void; end(): Cost; stop(): void } {
  let before = 0;
  let most = 0;
  let stall = 0;
  let last = workMs();
  const look = () => {
    const now = workMs();
    stall = Math.max(stall, now - last);
    last = now;
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, TICK_MS);
  return {
    begin() {
      before = most = process.memoryUsage.rss();
      stall = 0;
      last = workMs();
    },
    end() {
      look();
      return { memoryMb: Math.round((most - before) / MB), stallMs: Math.round(stall) };
    },
    stop: () => clearInterval(timer),
  };
}

function workMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
