// What is remembered of an answer is bounded, and the answer is not touched.
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { watchAnswer } from './watch-answer.ts';

test('an answer passes whole, and 256 KiB of it are remembered', async () => {
  let read: (() => Buffer) | undefined;
  const server = createServer((_request, response) => {
    read = watchAnswer(response);
    response.write('Salve. ');
    response.end(Buffer.alloc(1_000_000, 'x'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const text = await (await fetch(`http://127.0.0.1:${port}`)).text();
  server.close();
  expect(text.length).toBe(1_000_007);
  const kept = read!();
  expect(kept.length).toBe(262_144);
  expect(kept.toString()).toBe(text.slice(0, kept.length));
});
