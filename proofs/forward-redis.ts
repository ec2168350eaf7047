// A way to Redis that can be cut: servers are told this address, and to them Redis is gone when the proof says so.
import { connect, createServer, type Socket } from 'node:net';

export type RedisWay = { url: string; cut(): Promise<void> };

/** Forwards a free port of 127.0.0.1 to the Redis of TEST_REDIS_URL (or REDIS_URL); undefined when there is none. */
export async function forwardRedis(): Promise<RedisWay | undefined> {
  const target = process.env.TEST_REDIS_URL ?? process.env.REDIS_URL;
  if (!target) return undefined;
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port || 6379) });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => {});
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as { port: number }).port);
  let isCut = false;
  return {
    url: url.href,
    async cut() {
      if (isCut) return;
      isCut = true;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
