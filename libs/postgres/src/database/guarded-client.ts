import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';

/** For the way there and back, beyond what the statement may take. */
const GRACE_MS = 5_000;

/**
 * A pg client that lives through what happens between two owners, and whose statements end.
 *
 * Pool and TypeORM listen for errors by turns, and in between nobody does: a session that is ended in the moment it
 * is handed over would end the process. Whoever uses the connection then still gets the error from its statement.
 *
 * `statement_timeout` is the server's, and says nothing on a connection that went silent: TCP waits a quarter of an
 * hour for it, or for ever. So with that option the connection is ended some seconds later; without it there is no
 * limit. pg's own `query_timeout` would hand the stuck connection to the next one.
 */
export class GuardedClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    this.on('error', () => undefined);
    const { statement_timeout: timeoutMs } = config ?? {};
    if (typeof timeoutMs === 'number' && timeoutMs > 0) this.endWhenSilentFor(timeoutMs + GRACE_MS);
  }

  /** By the socket's own timer, which costs a statement nothing. */
  private endWhenSilentFor(limitMs: number): void {
    let bytesAnswered = 0;
    let watched: Socket | undefined;
    this.connection.on('readyForQuery', () => {
      // Only now: TLS replaces the stream while it connects.
      const { stream } = this.connection;
      if (!(stream instanceof Socket)) return;
      bytesAnswered = stream.bytesWritten;
      if (watched === stream) return;
      watched = stream;
      stream.setTimeout(limitMs, () => {
        const { bytesRead } = stream;
        // After a standstill of the process the answer may lie there unread; reads come before this.
        setImmediate(() => {
          const waits = stream.bytesWritten > bytesAnswered && stream.bytesRead === bytesRead;
          if (waits)
            stream.destroy(new Error(`Connection terminated: no answer within ${limitMs / 1_000} s`));
        });
      });
    });
  }
}
