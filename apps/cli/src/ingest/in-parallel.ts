// Work on many things, some at once.

/** Runs the work on each item, at most `concurrency` at once; the first error stops what has not begun, and is thrown. */
export async function inParallel<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let isStopped = false;
  const run = async () => {
    while (next < items.length && !isStopped) {
      const item = items[next++]!;
      await work(item).catch((error: unknown) => {
        isStopped = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, run));
}
