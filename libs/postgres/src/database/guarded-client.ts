import { Socket } from 'node:net';
import { Client, type ClientConfig, type QueryResult } from 'pg';
import { isStaleStatement } from './transient-error';

/** For the way there and back, beyond what the statement may take. */
const GRACE_MS = 5_000;

/** Statements written by hand are a few dozen; what is put together for each call must not fill the server's memory. */
const NAMED_AT_MOST = 200;
/** By text. One for all connections: a name means the same text everywhere. */
const names = new Map<string, string>();

class RolledBack extends Error {
  constructor() {
    super(
      'nothing was committed: a statement of the transaction had failed, and its error was not passed on',
    );
  }
}

export interface GuardedClientConfig extends ClientConfig {
  /** Parses each text once a connection: a third of what the server has to do for a statement of few rows. */
  readonly namesStatements?: boolean;
}

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
  constructor(config?: GuardedClientConfig) {
    super(config);
    this.on('error', () => undefined);
    if (config?.namesStatements === true) this.nameStatements();
    this.refuseHalfCommits();
    const { statement_timeout: timeoutMs } = config ?? {};
    if (typeof timeoutMs === 'number' && timeoutMs > 0) this.endWhenSilentFor(timeoutMs + GRACE_MS);
  }

  private nameStatements(): void {
    const query = this.query.bind(this) as (config: unknown, ...rest: unknown[]) => unknown;
    const named = (config: unknown, values: unknown, ...rest: unknown[]): unknown => {
      const isNamed = typeof config === 'string' && Array.isArray(values) && values.length > 0;
      const name = isNamed ? nameOf(config) : undefined;
      if (name === undefined) return query(config, values, ...rest);
      const answer = query({ name, text: config, values }, undefined, ...rest);
      return answer instanceof Promise ? answer.catch((error: unknown) => this.endIfStale(error)) : answer;
    };
    this.query = named as Client['query'];
  }

  /** The connection would give the same answer for ever. The pool takes none back that is ending; the next one parses anew. */
  private endIfStale(error: unknown): never {
    if (isStaleStatement(error)) void this.end();
    throw error;
  }

  /** PostgreSQL answers COMMIT with ROLLBACK when a statement had failed, and nobody above takes that for an error. */
  private refuseHalfCommits(): void {
    const query = this.query.bind(this) as (config: unknown, ...rest: unknown[]) => unknown;
    const checked = (config: unknown, ...rest: unknown[]): unknown => {
      const answer = query(config, ...rest);
      if (config !== 'COMMIT' || !(answer instanceof Promise)) return answer;
      return answer.then((result: QueryResult) => {
        if (result.command !== 'COMMIT') throw new RolledBack();
        return result;
      });
    };
    this.query = checked as Client['query'];
  }

  /** By the socket's own timer, which costs a statement nothing. */
  private endWhenSilentFor(limitMs: number): void {
    let unanswered = 0;
    let watched: Socket | undefined;
    // Statements may be sent behind each other, so bytes alone don't tell which of them was answered.
    const { connection } = this;
    const sync = connection.sync.bind(connection);
    connection.sync = () => {
      unanswered += 1;
      sync();
    };
    const simple = connection.query.bind(connection);
    connection.query = (text) => {
      unanswered += 1;
      simple(text);
    };
    this.connection.on('readyForQuery', () => {
      // Only now: TLS replaces the stream while it connects.
      const { stream } = this.connection;
      if (!(stream instanceof Socket)) return;
      // The first one answers the start-up.
      unanswered = Math.max(0, unanswered - 1);
      if (watched === stream) return;
      watched = stream;
      stream.setTimeout(limitMs, () => {
        const { bytesRead } = stream;
        // After a standstill of the process the answer may lie there unread; reads come before this.
        setImmediate(() => {
          const waits = unanswered > 0 && stream.bytesRead === bytesRead;
          if (waits)
            stream.destroy(new Error(`Connection terminated: no answer within ${limitMs / 1_000} s`));
        });
      });
    });
  }
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size === NAMED_AT_MOST) return known;
  const name = `s${names.size}`;
  names.set(text, name);
  return name;
}
