// Chunks of an answer, handed on once a turn of the event loop: under load a read brings several, and reading along and writing
// cost the same for many as for one. Nothing waits: what a read brought is handed on before the next event of any socket.
import type { UpstreamListener } from './dispatch-upstream.ts';

/** The listener, told of all chunks of one turn at once, in order, and before an end or a failure. */
export function gatherChunks(listener: UpstreamListener): UpstreamListener {
  let chunks: Buffer[] = [];
  function flush(): void {
    if (chunks.length === 0) return;
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    chunks = [];
    listener.onChunk(bytes);
  }
  return {
    onHead: listener.onHead,
    onChunk(chunk) {
      if (chunks.push(chunk) === 1) process.nextTick(flush);
    },
    onEnd() {
      flush();
      listener.onEnd();
    },
    onFailure(failure, cause) {
      flush();
      listener.onFailure(failure, cause);
    },
  };
}
