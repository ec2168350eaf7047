// The k best of many numbers, without sorting them all: a heap whose root is the worst that is kept.

export type Best = {
  /** Takes part with this score; of equal scores the one with the smaller number wins. */
  offer(number: number, score: number): void;
  /** Numbers below it cannot get in any more. */
  threshold(): number;
  /** Best first. */
  sorted(): { number: number; score: number }[];
};

/** Keeps the best `size` of what is offered. */
export function keepBest(size: number): Best {
  const scores = new Float64Array(size);
  const numbers = new Int32Array(size);
  let kept = 0;
  const isWorse = (one: number, other: number) =>
    scores[one]! < scores[other]! || (scores[one] === scores[other] && numbers[one]! > numbers[other]!);
  const swap = (one: number, other: number) => {
    const score = scores[one]!;
    const number = numbers[one]!;
    scores[one] = scores[other]!;
    numbers[one] = numbers[other]!;
    scores[other] = score;
    numbers[other] = number;
  };
  const sink = () => {
    for (let at = 0; ; ) {
      let child = 2 * at + 1;
      if (child >= kept) return;
      if (child + 1 < kept && isWorse(child + 1, child)) child++;
      if (!isWorse(child, at)) return;
      swap(child, at);
      at = child;
    }
  };
  return {
    offer(number, score) {
      if (kept < size) {
        scores[kept] = score;
        numbers[kept] = number;
        for (let at = kept++; at > 0; ) {
          const parent = (at - 1) >> 1;
          if (!isWorse(at, parent)) break;
          swap(at, parent);
          at = parent;
        }
      } else if (score > scores[0]! || (score === scores[0] && number < numbers[0]!)) {
        scores[0] = score;
        numbers[0] = number;
        sink();
      }
    },
    threshold: () => (kept < size ? Number.NEGATIVE_INFINITY : scores[0]!),
    sorted: () =>
      Array.from({ length: kept }, (_, i) => ({ number: numbers[i]!, score: scores[i]! })).sort(
        (one, other) => other.score - one.score || one.number - other.number,
      ),
  };
}
