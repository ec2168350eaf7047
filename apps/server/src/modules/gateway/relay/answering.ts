// Where an answer is written: the response of a socket, or the memory of a caller inside the house.
import type { OutgoingHttpHeaders } from 'node:http';

/** As much of Node's `ServerResponse` as a call needs; a closed one is told by `close`, room by `drain`. */
export type Answering = {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableNeedDrain: boolean;
  setHeader(name: string, value: string | number): unknown;
  removeHeader(name: string): void;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  addTrailers(trailers: Record<string, string>): void;
  write(chunk: Buffer): boolean;
  end(chunk?: Buffer): unknown;
  destroy(): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
};
