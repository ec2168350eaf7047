// What is said twice must be said the same: documents and the things they name, generated files and what generates them.
// A guide that lies is worse than none, so whatever a document names has to exist.
import { checkGeneratedDocuments } from './generated-documents.ts';
import { checkLock } from './lock.ts';
import { checkMentions } from './mentions.ts';
import { checkResidue } from './residue.ts';
import { countLines, type Finding, listFiles, readText } from './tree.ts';

const architectureLimit = 120;

/** Checks documents, generated files and left-overs of work. */
export function checkDrift(root: string): Finding[] {
  return [
    ...checkFrontDoor(root),
    ...checkMentions(root),
    ...checkGeneratedDocuments(root),
    ...checkLock(root),
    ...checkResidue(root),
  ];
}

function checkFrontDoor(root: string): Finding[] {
  const files = listFiles(root);
  const findings = ['README.md', 'ARCHITECTURE.md'].flatMap((path): Finding[] => {
    if (files.includes(path)) return [];
    return [
      {
        path,
        line: 1,
        rule: 'drift/front-door',
        message: `there is no ${path}: a newcomer has nowhere to start`,
      },
    ];
  });
  if (!files.includes('ARCHITECTURE.md')) return findings;
  const amount = countLines(readText(root, 'ARCHITECTURE.md') ?? '');
  if (amount <= architectureLimit) return findings;
  const message = `${amount} lines, at most ${architectureLimit}: one picture, the module table, one request; the rest goes to docs/`;
  return [
    ...findings,
    { path: 'ARCHITECTURE.md', line: 1, rule: 'drift/architecture-length', message, amount },
  ];
}
