// What was found, as it may be logged and shown: rule, kind, place and a keyed hash, never the text.
import { createHmac } from 'node:crypto';
import type { guardrailFinding } from '@insula/contract/guardrails';
import type { z } from 'zod';
import type { Phase } from './compile-policy.ts';
import type { Found } from './scan-texts.ts';

export type Finding = z.infer<typeof guardrailFinding>;
export type FindingsOptions = { hashKey: Buffer; organizationId: string; phase: Phase };

const FINDINGS_MAX = 200;
const OFFSETS_MAX = 20;
const MATCHES_MAX = 2_000;

/** One finding for each rule, kind and text that was found; at most 200, with at most 20 places each, from 2,000 matches. */
export function listFindings(
  options: FindingsOptions,
  texts: readonly string[],
  found: readonly Found[][],
): Finding[] {
  const findings = new Map<string, Finding>();
  let matches = 0;
  for (const [part, own] of found.entries())
    for (const { rule, source, kind, start, end, score } of own) {
      if (++matches > MATCHES_MAX) break;
      const hash = hashOf(options, texts[part]!.slice(start, end));
      const key = JSON.stringify([source, rule.name, kind, hash]);
      const known = findings.get(key);
      if (!known && findings.size >= FINDINGS_MAX) continue;
      const finding = known ?? {
        ...{ rule: rule.name, source, kind, phase: options.phase, action: rule.action },
        ...{ score: Math.round(score * 1_000) / 1_000, count: 0, offsets: [], hash },
      };
      finding.count++;
      if (finding.offsets.length < OFFSETS_MAX) finding.offsets.push({ part, start, end });
      findings.set(key, finding);
    }
  return [...findings.values()];
}

function hashOf({ hashKey, organizationId }: FindingsOptions, text: string): string {
  return createHmac('sha256', hashKey).update(`${organizationId}\n`).update(text).digest('hex').slice(0, 16);
}
