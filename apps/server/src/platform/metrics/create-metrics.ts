// Figures of this server for Prometheus. Names and labels only: never a tenant, a person or content. What is counted on the
// hot path is looked up once for each set of labels, so that counting costs an addition.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Count = { add(n?: number): void };
export type Timing = { observe(seconds: number): void };
export type Metrics = {
  /** A counter for each set of label values; asked again with the same values it is the same. */
  counter<L extends string>(name: string, help: string, labels: readonly L[]): (...values: string[]) => Count;
  /** A histogram in seconds, likewise. */
  histogram<L extends string>(
    name: string,
    help: string,
    options: { labels: readonly L[]; buckets: number[] },
  ): (...values: string[]) => Timing;
  /** A figure that is read when somebody asks. */
  gauge(name: string, help: string, read: () => number): void;
  /** Everything in Prometheus' text format. */
  print(): Promise<string>;
  contentType: string;
};

/** Sets of labels of one figure beyond this many are counted together under `other`. */
const SETS_MAX = 500;

/** Makes the figures of one server, those of the process itself included. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'insula_' });
  return {
    counter(name, help, labels) {
      const counter = new Counter({ name, help, labelNames: [...labels], registers: [registry] });
      return rememberSets(labels.length, (values) => {
        const one = counter.labels(...values);
        return { add: (n = 1) => one.inc(n) };
      });
    },
    histogram(name, help, { labels, buckets }) {
      const histogram = new Histogram({
        name,
        help,
        labelNames: [...labels],
        buckets,
        registers: [registry],
      });
      return rememberSets(labels.length, (values) => {
        const one = histogram.labels(...values);
        return { observe: (seconds) => one.observe(seconds) };
      });
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    print: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function rememberSets<T>(width: number, make: (values: string[]) => T): (...values: string[]) => T {
  const known = new Map<string, T>();
  return (...values) => {
    const key = values.join('\n');
    const found = known.get(key);
    if (found) return found;
    const isFull = known.size >= SETS_MAX;
    const kept = isFull ? Array.from({ length: width }, () => 'other') : values;
    const made = isFull ? (known.get(kept.join('\n')) ?? make(kept)) : make(kept);
    if (known.size <= SETS_MAX) known.set(kept.join('\n'), made);
    return made;
  };
}
