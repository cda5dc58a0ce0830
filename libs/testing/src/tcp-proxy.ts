import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { KafkaFrames, requestHead, responseCorrelationId } from './kafka-frames';

/** Numbers of Kafka's requests, for `dropNextResponse`. */
export const KafkaApi = { Produce: 0, Fetch: 1, OffsetCommit: 8, Heartbeat: 12, InitProducerId: 22 } as const;

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP proxy in front of a broker (or anything else) that loses answers, cuts connections and stands
 * still on request. A broker sends its clients to its advertised address, so start it with the proxy's
 * port: `startKafka({ dataDir, advertisedPort: proxy.port })`, then set `proxy.targetPort`.
 */
export class TcpProxy {
  targetPort: number;
  #refusing = false;
  #paused = false;
  readonly #links = new Set<Link>();
  readonly #drops: { apiKey: number; done: () => void }[] = [];

  private constructor(
    private readonly listener: Server,
    readonly port: number,
    targetPort: number,
    private readonly protocol: 'kafka' | 'raw',
  ) {
    this.targetPort = targetPort;
    listener.on('connection', (client) => this.#onConnection(client));
  }

  /** @param protocol `raw` for anything but Kafka: no answers can be dropped then. */
  static async listen(targetPort = 0, protocol: 'kafka' | 'raw' = 'kafka'): Promise<TcpProxy> {
    const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    return new TcpProxy(listener, port, targetPort, protocol);
  }

  /**
   * Lets the next Kafka request of this kind reach the broker, swallows its response and cuts the
   * connection: the client cannot know that the broker has done it. Settles when that has happened.
   */
  dropNextResponse(apiKey: number): Promise<void> {
    return new Promise((done) => this.#drops.push({ apiKey, done }));
  }

  /** Cuts all connections; new ones are let through. */
  cut(): void {
    for (const link of this.#links) this.#close(link);
  }

  /** Cuts new connections as they come, until `accept`. */
  refuse(): void {
    this.#refusing = true;
  }

  accept(): void {
    this.#refusing = false;
  }

  /** Lets nothing through in either direction, connections stay open: a network that went silent. */
  pause(): void {
    this.#paused = true;
    for (const { client, server } of this.#links) {
      client.pause();
      server.pause();
    }
  }

  resume(): void {
    this.#paused = false;
    for (const { client, server } of this.#links) {
      client.resume();
      server.resume();
    }
  }

  async close(): Promise<void> {
    this.#refusing = true;
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }

  #onConnection(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: this.targetPort });
    const link = { client, server };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#close(link));
      socket.on('close', () => this.#close(link));
    }
    if (this.protocol === 'kafka') this.#forwardKafka(link);
    else {
      client.on('data', (chunk: Buffer) => server.write(chunk));
      server.on('data', (chunk: Buffer) => client.write(chunk));
    }
    if (this.#paused) server.pause();
    else client.resume();
  }

  /** Bytes go through as they come; the frames are only watched, for the answers that are to be lost. */
  #forwardKafka(link: Link): void {
    const requests = new KafkaFrames();
    const responses = new KafkaFrames();
    const doomed = new Map<number, () => void>();
    link.client.on('data', (chunk: Buffer) => {
      this.#mark(requests.push(chunk), doomed);
      link.server.write(chunk);
    });
    link.server.on('data', (chunk: Buffer) => {
      const lost = responses
        .push(chunk)
        .map((frame) => doomed.get(responseCorrelationId(frame)))
        .find((done) => done !== undefined);
      if (!lost) {
        link.client.write(chunk);
        return;
      }
      this.#close(link);
      lost();
    });
  }

  #mark(frames: readonly Buffer[], doomed: Map<number, () => void>): void {
    for (const frame of frames) {
      const { apiKey, correlationId } = requestHead(frame);
      const index = this.#drops.findIndex((drop) => drop.apiKey === apiKey);
      const [drop] = index < 0 ? [] : this.#drops.splice(index, 1);
      if (drop) doomed.set(correlationId, drop.done);
    }
  }

  #close(link: Link): void {
    this.#links.delete(link);
    link.client.destroy();
    link.server.destroy();
  }
}
