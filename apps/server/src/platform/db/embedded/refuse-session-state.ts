// All connections of the embedded database share one PostgreSQL session. A statement that changes the session itself
// would change it for everybody, silently; these are found here and refused with an error that says what to write instead.
// This catches mistakes, not attackers: settings changed inside a function body or through dynamic SQL are not seen, nor are
// advisory locks of the session, which every connection holds at once here (pg_advisory_xact_lock works as it should).

/** Literals, quoted names, comments and dollar-quoted bodies: nothing in them starts a statement. */
const OPAQUE =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\bE'[^'\\]*(?:\\[\s\S][^'\\]*)*'|'[^']*'|"[^"]*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/gi;

/** A quick look that lets nearly every statement pass without being taken apart. */
const SUSPECT = /\b(?:set|reset|discard|unlisten|deallocate|prepare|copy|temp|temporary|set_config)\b/i;

interface Rule {
  pattern: RegExp;
  what: string;
  instead: string;
}

const ONE_TRANSACTION = 'Inside a transaction use SET LOCAL or set_config(name, value, true).';

const RULES: Rule[] = [
  { pattern: /^\s*set\s+(?!local\b|transaction\b|constraints\b)/i, what: 'SET', instead: ONE_TRANSACTION },
  {
    pattern: /\bset_config\s*\([^()]*,\s*false\s*\)/i,
    what: 'set_config(…, false)',
    instead: ONE_TRANSACTION,
  },
  { pattern: /^\s*reset\b/i, what: 'RESET', instead: ONE_TRANSACTION },
  { pattern: /^\s*discard\b/i, what: 'DISCARD', instead: 'Close the connection.' },
  { pattern: /^\s*unlisten\b/i, what: 'UNLISTEN', instead: 'Close the connection.' },
  {
    pattern: /^\s*(?:deallocate|prepare\s+(?!transaction\b))/i,
    what: 'PREPARE and DEALLOCATE in SQL',
    instead: "Use the driver's named statements: those are kept apart for each connection.",
  },
  {
    pattern: /^\s*create\s+(?:local\s+|global\s+)?temp(?:orary)?\s+table\b(?![\s\S]*\bon\s+commit\s+drop\b)/i,
    what: 'A temporary table that outlives its transaction',
    instead: 'Add ON COMMIT DROP.',
  },
  {
    pattern: /^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i,
    what: 'COPY FROM STDIN',
    instead: 'Insert the rows, as one json_to_recordset for instance.',
  },
];

/** The rule that a text of SQL statements breaks, if any. */
export function findSessionState(sql: string): Rule | undefined {
  if (!SUSPECT.test(sql)) return undefined;
  const statements = sql.replace(OPAQUE, ' ').split(';');
  return RULES.find(({ pattern }) => statements.some((statement) => pattern.test(statement)));
}

/** The SQL to run in place of a refused text: it fails (0A000), so that transaction and protocol go on as PostgreSQL has it. */
export function refuseSessionState(sql: string): string | undefined {
  const rule = findSessionState(sql);
  if (!rule) return undefined;
  const message = `${rule.what} is not available on the embedded database: all connections share one session.`;
  return `do $refusal$ begin raise exception using errcode = '0A000', message = $text$${message}$text$, hint = $text$${rule.instead}$text$; end $refusal$`;
}
