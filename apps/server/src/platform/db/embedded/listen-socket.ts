// The Unix socket at which the embedded database is found by the ordinary `pg` driver.
// Guarantees: a notification reaches all connections; after `close` nobody holds a transaction any more.
import net from 'node:net';
import { type Connection, type ConnectionDeps, serveConnection } from './serve-connection.ts';

export interface SocketListener {
  /** Ends all connections and waits until they have left the session. */
  close(): Promise<void>;
}

/** Listens at a path that does not exist yet. */
export async function listenSocket(
  path: string,
  deps: Omit<ConnectionDeps, 'id' | 'broadcast'>,
): Promise<SocketListener> {
  const connections = new Set<Connection>();
  let ids = 0;
  const broadcast = (notifications: Buffer, from: Connection) => {
    for (const connection of connections) if (connection !== from) connection.send(notifications);
  };
  const server = net.createServer((socket) => {
    const connection = serveConnection(socket, { ...deps, id: ++ids, broadcast });
    connections.add(connection);
    void connection.finished.then(() => connections.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });

  return {
    async close() {
      server.close();
      const farewell = { code: '57P01', message: 'terminating connection due to administrator command' };
      for (const connection of connections) connection.refuse(farewell);
      await Promise.all([...connections].map((connection) => connection.finished));
    },
  };
}
