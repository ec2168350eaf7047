import { expect, test } from 'vitest';
import { readMade } from '../../../test/open-parsing.ts';
import { packDocument, unpackDocument } from './pack-document.ts';

test('a document is the same on both sides of the thread', async () => {
  const rows = Array.from({ length: 200 }, (_, i) => `| row ${i} | ${i} |`).join('\n');
  const document = await readMade(
    'a.md',
    `# One\n\nText.\n\n## Two\n\n| a | b |\n| - | - |\n${rows}\n\n\`\`\`\ncode\n\`\`\`\n\n# 東京\n\n東京都に行く。`,
  );
  expect(document.chunks.length).toBeGreaterThan(5);
  expect(unpackDocument(structuredClone(packDocument(document)))).toEqual(document);
});
