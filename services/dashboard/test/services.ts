import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedQuestion {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Stands in for the other services' internal APIs: answers what it was told to, and 404 otherwise. */
export class StandInServices {
  readonly asked: AskedQuestion[] = [];
  private readonly answers = new Map<string, { status: number; body: unknown }>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<StandInServices> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const services = new StandInServices(
      server,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const { method = '', url = '' } = request;
        services.asked.push({
          method,
          path: url,
          authorization: request.headers.authorization,
          body: text === '' ? undefined : (JSON.parse(text) as unknown),
        });
        const { status, body } = services.answers.get(`${method} ${url}`) ?? { status: 404, body: {} };
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    return services;
  }

  /** @param question such as `GET /v1/stock` */
  tell(question: string, body: unknown, status = 200): void {
    this.answers.set(question, { status, body });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
