import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { createPolicy } from './create-policy.ts';
import { guardConnections } from './guard-connections.ts';

const server = createServer();
afterAll(() => server.close());

it('a socket that reached a refused address without its name being resolved is closed unused', async () => {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const policy = createPolicy({
    allowPrivate: { hosts: [], cidrs: [], loopback: false },
    allowHttp: true,
  });
  const guard = { url: new URL('http://public.example'), policy, lookup: () => {} };
  const port = String((server.address() as AddressInfo).port);
  const outcome = await new Promise<unknown>((resolve) => {
    guardConnections(guard, 1000)({ hostname: '127.0.0.1', protocol: 'http:', port }, (error, socket) =>
      resolve(error ?? socket),
    );
  });
  expect(outcome).toMatchObject({ code: 'egress_refused' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(sockets.map((socket) => [socket.bytesRead, socket.readableEnded || socket.destroyed])).toEqual([
    [0, true],
  ]);
});
