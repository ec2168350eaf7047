// Precision, recall and F1 of each kind of personal fact on labelled texts. A label is found if a match of its kind overlaps
// it; a match is right if it overlaps a label of its kind.
import { findPersonal } from '../../apps/server/test/open-detector-ground.ts';
import { round } from './learn.ts';

export type LabelledText = {
  full_text: string;
  spans: { entity_type: string; start_position: number; end_position: number }[];
};
type Count = { labels: number; found: number; matches: number; right: number };

/** The data's names of the kinds that the guardrails recognise. */
const kinds: Record<string, string> = {
  EMAIL_ADDRESS: 'email',
  PHONE_NUMBER: 'phone',
  CREDIT_CARD: 'credit_card',
  IBAN_CODE: 'iban',
  US_SSN: 'us_ssn',
  IP_ADDRESS: 'ip_address',
};
const REGIONS = ['US', 'GB'];
const ROUNDS = 5;

/** How well each kind is found at the threshold, and how much text a second was read. */
export function judgePersonal(texts: readonly LabelledText[], threshold: number) {
  const counts = new Map<string, Count>();
  const countOf = (kind: string): Count => {
    const count = counts.get(kind) ?? { labels: 0, found: 0, matches: 0, right: 0 };
    counts.set(kind, count);
    return count;
  };
  for (const { full_text, spans } of texts) {
    const matches = findPersonal(full_text, REGIONS, threshold);
    const labels = spans.flatMap((span) => {
      const kind = kinds[span.entity_type];
      return kind ? [{ kind, start: span.start_position, end: span.end_position }] : [];
    });
    const meets = (a: Place, others: readonly Place[]) =>
      others.some((b) => a.kind === b.kind && a.start < b.end && b.start < a.end);
    for (const label of labels) {
      countOf(label.kind).labels++;
      if (meets(label, matches)) countOf(label.kind).found++;
    }
    for (const match of matches) {
      countOf(match.kind).matches++;
      if (meets(match, labels)) countOf(match.kind).right++;
    }
  }
  return {
    kinds: Object.fromEntries([...counts].map(([kind, count]) => [kind, rate(count)])),
    megabytesPerSecond: measureSpeed(texts, threshold),
  };
}

type Place = { kind: string; start: number; end: number };

function rate({ labels, found, matches, right }: Count) {
  const precision = matches > 0 ? right / matches : 1;
  const recall = labels > 0 ? found / labels : 1;
  const f1 = (2 * precision * recall) / (precision + recall || 1);
  return { labels, precision: round(precision), recall: round(recall), f1: round(f1) };
}

function measureSpeed(texts: readonly LabelledText[], threshold: number): number {
  const characters = texts.reduce((sum, text) => sum + text.full_text.length, 0);
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++)
    for (const { full_text } of texts) findPersonal(full_text, REGIONS, threshold);
  return (ROUNDS * characters) / (performance.now() - start) / 1_000;
}
