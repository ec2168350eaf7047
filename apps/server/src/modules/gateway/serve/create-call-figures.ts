// What is counted of model calls for `/metrics`: attempts by provider and outcome, tokens, waiting times, what is open.
import type { Metrics } from '../../../platform/metrics/index.ts';
import type { Entry, Ledger } from '../ledger/index.ts';
import type { Health } from '../routing/create-health.ts';

export type CallFigures = {
  /** Counts a call that begins and gives what to call when it is over. */
  began(): () => void;
  /** Counts a settled attempt. */
  settled(entry: Entry): void;
};

const SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Makes the gateway's figures. */
export function createCallFigures(
  metrics: Metrics,
  sources: { health: Health; ledgers: ReadonlyMap<string, Ledger> },
): CallFigures {
  const figures = nameFigures(metrics);
  let open = 0;
  metrics.gauge('insula_model_calls_open', 'Model calls under way.', () => open);
  metrics.gauge('insula_circuits_open', 'Targets that are left alone because they failed.', () =>
    sources.health.openCount(),
  );
  addLedgerFigures(metrics, [...sources.ledgers.values()]);
  return {
    began() {
      open++;
      return () => void open--;
    },
    settled(entry) {
      const { surface, provider } = entry;
      figures.attempts(surface, provider, entry.failure ?? '').add();
      if (entry.latency_ms !== null) figures.lasted(surface, provider).observe(entry.latency_ms / 1_000);
      if (entry.first_byte_ms !== null)
        figures.firstByte(surface, provider).observe(entry.first_byte_ms / 1_000);
      for (const name of CLASSES) {
        const tokens = entry[`${name}_tokens`];
        if (tokens) figures.tokens(provider, name).add(tokens);
      }
    },
  };
}

const CLASSES = ['input', 'cached_input', 'output', 'reasoning'] as const;

function nameFigures(metrics: Metrics) {
  const spans = { labels: ['surface', 'provider'], buckets: SECONDS };
  return {
    attempts: metrics.counter(
      'insula_model_attempts_total',
      'Settled attempts at model calls. failure is empty for a success.',
      ['surface', 'provider', 'failure'],
    ),
    tokens: metrics.counter('insula_model_tokens_total', 'Tokens of settled attempts.', [
      'provider',
      'class',
    ]),
    lasted: metrics.histogram(
      'insula_model_attempt_seconds',
      'Time of an attempt, its records included.',
      spans,
    ),
    firstByte: metrics.histogram(
      'insula_model_first_byte_seconds',
      "Time to the provider's first byte.",
      spans,
    ),
  };
}

function addLedgerFigures(metrics: Metrics, ledgers: Ledger[]): void {
  const sum = (read: (ledger: Ledger) => number) => () =>
    ledgers.reduce((all, ledger) => all + read(ledger), 0);
  const figures: [name: string, help: string, read: (ledger: Ledger) => number][] = [
    ['insula_ledger_up', 'Ledgers that can be written to.', ({ stats }) => Number(stats.isUp)],
    ['insula_ledger_intents', 'Intents written.', ({ stats }) => stats.intents.rows],
    [
      'insula_ledger_intent_statements',
      'Statements that wrote them.',
      ({ stats }) => stats.intents.statements,
    ],
    ['insula_ledger_settlements', 'Settlements written.', ({ stats }) => stats.settlements.rows],
    [
      'insula_ledger_settlement_statements',
      'Statements that wrote them.',
      ({ stats }) => stats.settlements.statements,
    ],
    [
      'insula_ledger_wait_seconds',
      'Time that written rows waited for their commit, summed up.',
      ({ stats }) => (stats.intents.waitedMs + stats.settlements.waitedMs) / 1_000,
    ],
    [
      'insula_ledger_waiting',
      'Rows that wait for a statement.',
      ({ stats }) => stats.intents.waiting + stats.settlements.waiting,
    ],
    [
      'insula_ledger_spooled',
      'Settlements that wait on disk for the database.',
      ({ stats }) => stats.spool.kept - stats.spool.replayed - stats.spool.refused,
    ],
  ];
  for (const [name, help, read] of figures) metrics.gauge(name, help, sum(read));
}
