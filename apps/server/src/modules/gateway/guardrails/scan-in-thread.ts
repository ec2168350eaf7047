// The thread in which long texts are read, so that a megabyte of one caller does not stop the others.
import { parentPort } from 'node:worker_threads';
import { compileRule, type SourcedRule, type TextRule } from './compile-policy.ts';
import { type Found, scanTexts } from './scan-texts.ts';

export type ScanOrder = { id: number; rules: SourcedRule[]; texts: string[] };
export type ScanAnswer =
  | { id: number; found: Omit<Found, 'source' | 'rule'>[][]; rules: number[][] }
  | { id: number; error: string };

const REMEMBERED_MAX = 20;
const remembered = new Map<string, TextRule[]>();

/** Reads the texts of one order. */
export function scanInThread({ id, rules, texts }: ScanOrder): ScanAnswer {
  try {
    const compiled = compileOnce(rules);
    const found = scanTexts(compiled, texts);
    const indexes = found.map((own) =>
      own.map((one) => compiled.findIndex((rule) => rule.rule === one.rule)),
    );
    const bare = found.map((own) => own.map(({ kind, start, end, score }) => ({ kind, start, end, score })));
    return { id, found: bare, rules: indexes };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

function compileOnce(rules: SourcedRule[]): TextRule[] {
  const key = JSON.stringify(rules);
  const known = remembered.get(key);
  if (known) return known;
  const compiled = rules.map((rule) => compileRule(rule)!);
  if (remembered.size >= REMEMBERED_MAX) remembered.delete(remembered.keys().next().value!);
  remembered.set(key, compiled);
  return compiled;
}

parentPort?.on('message', (order: ScanOrder) => parentPort!.postMessage(scanInThread(order)));
