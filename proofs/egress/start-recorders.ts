// Servers on the private addresses that nothing may reach: every connection and byte is counted.
import { connect, createServer, type Server } from 'node:net';

export const PRIVATE = [
  ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1'],
  ...['100.100.100.200', '198.18.0.1', '192.0.2.1', '::1', 'fd00::1', 'fd00:ec2::254', '64:ff9b::a00:1'],
];
export const PORTS = [80, 443, 8080];

export type Recorders = {
  /** `address:port` of what was reached, with the bytes that came. */
  seen(): { place: string; bytes: number }[];
  forget(): void;
  stop(): void;
};

/** Listens on every private address, and reaches each once, so that it is known to notice. */
export async function startRecorders(): Promise<Recorders & { noticed: number }> {
  const seen: { place: string; bytes: number }[] = [];
  const servers: Server[] = [];
  for (const address of PRIVATE)
    for (const port of PORTS) {
      const server = createServer((socket) => {
        const visit = { place: `${address}:${port}`, bytes: 0 };
        seen.push(visit);
        socket.on('data', (bytes) => {
          visit.bytes += bytes.length;
          socket.destroy();
        });
        socket.on('error', () => {});
      });
      await new Promise<void>((resolve, reject) =>
        server.once('error', reject).listen(port, address, resolve),
      );
      servers.push(server);
    }
  await Promise.all(PRIVATE.flatMap((address) => PORTS.map((port) => knock(address, port))));
  const noticed = seen.length;
  seen.splice(0);
  return {
    noticed,
    seen: () => [...seen],
    forget: () => void seen.splice(0),
    stop: () => servers.forEach((server) => void server.close()),
  };
}

function knock(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => {
      socket.end();
      setTimeout(resolve, 50);
    });
    socket.once('error', reject);
  });
}
