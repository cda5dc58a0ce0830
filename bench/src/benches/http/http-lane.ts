import { connect, type Socket } from 'node:net';

/** @param status 0: the connection broke before the answer was whole */
export type OnAnswer = (status: number) => void;

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * One connection that carries one request at a time, ready-made as bytes. A client library costs more than what it
 * measures, on a machine where it has to share the cores with it.
 */
export class HttpLane {
  private socket: Socket | undefined;
  private buffered: Buffer | undefined;
  private onAnswer: OnAnswer | undefined;

  constructor(private readonly port: number) {}

  async open(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: this.port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', () => this.settle(0));
    socket.on('close', () => this.settle(0));
    this.socket = socket;
  }

  send(request: Buffer, onAnswer: OnAnswer): void {
    this.onAnswer = onAnswer;
    if (this.socket === undefined || this.socket.destroyed) setImmediate(() => this.settle(0));
    else this.socket.write(request);
  }

  close(): void {
    this.socket?.destroy();
  }

  private read(chunk: Buffer): void {
    const bytes = this.buffered === undefined ? chunk : Buffer.concat([this.buffered, chunk]);
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd < 0) {
      this.buffered = bytes;
      return;
    }
    const [, length = '0'] = LENGTH.exec(bytes.toString('latin1', 0, headEnd)) ?? [];
    if (bytes.length < headEnd + HEAD_END.length + Number(length)) {
      this.buffered = bytes;
      return;
    }
    this.buffered = undefined;
    this.settle(Number(bytes.toString('latin1', 9, 12)));
  }

  private settle(status: number): void {
    const { onAnswer } = this;
    this.onAnswer = undefined;
    onAnswer?.(status);
  }
}

export async function openLanes(port: number, count: number): Promise<HttpLane[]> {
  const lanes = Array.from({ length: count }, () => new HttpLane(port));
  await Promise.all(lanes.map((lane) => lane.open()));
  return lanes;
}

export const closeLanes = (lanes: readonly HttpLane[]): void => lanes.forEach((lane) => lane.close());
