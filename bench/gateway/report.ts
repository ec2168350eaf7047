// Says what was measured: tables for people, and one line of JSON, the last of the output, for machines.
import type { Cell } from './rounds.ts';

export type Findings = {
  cells: Cell[];
  /** Cells of the section on organizations; the counts are in the notes. */
  organizationCells: Cell[];
  notes: Record<string, string>;
  /** Peers that could not be measured, and why. */
  failures: Record<string, string>;
  commitMs: { waiting: number; notWaiting: number } | undefined;
  seconds: number;
};

const showMs = (cell: Cell, value: number) => (cell.right > 0 ? value.toFixed(2) : '');

const COLUMNS: [string, (cell: Cell) => string][] = [
  ['connections', (cell) => String(cell.connections)],
  ['gateway', (cell) => cell.peer],
  ['req/s', (cell) => String(Math.round(cell.requestsPerSecond))],
  ['p50 ms', (cell) => showMs(cell, cell.p50)],
  ['p95 ms', (cell) => showMs(cell, cell.p95)],
  ['p99 ms', (cell) => showMs(cell, cell.p99)],
  ['added p50', (cell) => cell.addedP50?.toFixed(2) ?? ''],
  ['added p99', (cell) => cell.addedP99?.toFixed(2) ?? ''],
  ['1st byte p50', (cell) => showMs(cell, cell.firstByteP50)],
  ['syncs/call', (cell) => (cell.peer.includes('insula') ? cell.syncsPerCall.toFixed(3) : '')],
  ['record wait', (cell) => cell.recordWaitMs?.toFixed(2) ?? ''],
  ['not 2xx', (cell) => String(cell.non2xx)],
  ['bad', (cell) => String(cell.bad)],
  ['unfinished', (cell) => String(cell.unfinished)],
];

/** A table of cells, columns aligned. */
export function writeTable(title: string, cells: Cell[]): string {
  const rows = [COLUMNS.map(([name]) => name), ...cells.map((cell) => COLUMNS.map(([, show]) => show(cell)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => (column === 1 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
      .join('  '),
  );
  return `\n${title}\n${lines.join('\n')}`;
}

/** The most right answers a second that a gateway gave at any number of connections; undefined when it was not measured. */
function throughputOf(cells: Cell[], peer: string, stream: boolean): number | undefined {
  const rates = cells.filter((cell) => cell.peer === peer && cell.stream === stream);
  return rates.length ? Math.max(...rates.map((cell) => cell.requestsPerSecond)) : undefined;
}

function round(value: number | undefined, digits = 2): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits));
}

function ratioTo(cells: Cell[], peer: string, stream: boolean): number | null {
  const ours = throughputOf(cells, 'insula', stream);
  const theirs = throughputOf(cells, peer, stream);
  return ours === undefined || theirs === undefined ? null : round(ours / theirs);
}

function addedAtOne(cells: Cell[], peer: string): number | null {
  const cell = cells.find((cell) => cell.peer === peer && cell.connections === 1 && !cell.stream);
  return round(cell?.addedP50, 3);
}

/** The same less the average wait for the two commits of a call. */
function addedAtOneWithoutWaits(cells: Cell[]): number | null {
  const cell = cells.find((cell) => cell.peer === 'insula' && cell.connections === 1 && !cell.stream);
  return cell?.addedP50 === undefined || cell.recordWaitMs === undefined
    ? null
    : round(cell.addedP50 - cell.recordWaitMs, 3);
}

/** The closing line: ratios of best throughput, latency added with one connection, and every cell. */
export function writeSummary(findings: Findings): string {
  const { cells, organizationCells, notes, failures, commitMs } = findings;
  const brief = (cell: Cell) => ({
    gateway: cell.peer,
    connections: cell.connections,
    stream: cell.stream,
    requestsPerSecond: round(cell.requestsPerSecond, 0),
    p50Ms: round(cell.p50, 3),
    p99Ms: round(cell.p99, 3),
    addedP50Ms: round(cell.addedP50, 3),
    addedP99Ms: round(cell.addedP99, 3),
    non2xx: cell.non2xx,
    bad: cell.bad,
    unfinished: cell.unfinished,
  });
  return JSON.stringify({
    bench: 'gateway',
    ratioToPortkey: ratioTo(cells, 'portkey', false),
    ratioToLiteLLM: ratioTo(cells, 'litellm', false),
    ratioToProxy: ratioTo(cells, 'proxy', false),
    ratioToPortkeyStreaming: ratioTo(cells, 'portkey', true),
    ratioToLiteLLMStreaming: ratioTo(cells, 'litellm', true),
    ratioToProxyStreaming: ratioTo(cells, 'proxy', true),
    addedP50MsAtOne: addedAtOne(cells, 'insula'),
    addedP50MsAtOneWithoutCommitWaits: addedAtOneWithoutWaits(cells),
    addedP50MsAtOneUnsynced: addedAtOne(cells, 'insula-nowait'),
    commitMs: commitMs
      ? { waiting: round(commitMs.waiting, 3), notWaiting: round(commitMs.notWaiting, 3) }
      : null,
    liteLLMWithDatabase: notes.litellm ? !notes.litellm.includes('MASTER KEY ONLY') : null,
    non2xx: [...cells, ...organizationCells].reduce((sum, cell) => sum + cell.non2xx, 0),
    bad: [...cells, ...organizationCells].reduce((sum, cell) => sum + cell.bad, 0),
    organizations: {
      created: notes['insula, many organizations'] ?? null,
      cells: organizationCells.map(brief),
    },
    failures,
    seconds: round(findings.seconds, 0),
    cells: cells.map(brief),
  });
}

/** Everything that a person reads, the closing line last. */
export function writeReport(findings: Findings): string {
  const { cells, organizationCells, notes, failures, commitMs } = findings;
  const missing = Object.entries(failures).map(([name, why]) => `  ${name}: NOT MEASURED: ${why}`);
  const commit = commitMs
    ? `One committed row from one connection here: ${commitMs.waiting.toFixed(2)} ms waiting for the disk, ` +
      `${commitMs.notWaiting.toFixed(2)} ms not waiting (medians). A call of Insula waits for its settlement's commit.`
    : '';
  return [
    '\nWhat was measured (one process each):',
    ...Object.entries(notes).map(([name, note]) => `  ${name}: ${note}`),
    ...missing,
    commit,
    writeTable(
      'Whole answers',
      cells.filter((cell) => !cell.stream),
    ),
    writeTable(
      'Streams of 20 pieces',
      cells.filter((cell) => cell.stream),
    ),
    organizationCells.length ? writeTable('A call, by organizations in the database', organizationCells) : '',
    '\nadded: over the upstream reached directly at the same number of connections, in the same round.',
    'not 2xx and bad (wrong text, broken connection, upstream not asked) are summed over all rounds.',
    'unfinished: calls of a slow gateway without an answer 10 s after the end.\n',
    writeSummary(findings),
  ].join('\n');
}
