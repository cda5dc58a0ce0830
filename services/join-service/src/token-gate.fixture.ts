import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const CALL = /^\/bot([^/]+)(\/.*)$/;

/**
 * Telegram's Bot API in front of the sandbox, whose bots keep their first token: takes the one that BotFather has given
 * out last, and answers 401 to any other.
 */
export class TokenGate {
  /** Calls with a token that is not valid any more. */
  refused = 0;
  /** Calls since the token was exchanged, with the new one. */
  takenAnew = 0;
  private token: string;
  private readonly server = createServer((request, response) => void this.answer(request, response));

  private constructor(
    private readonly apiUrl: string,
    private readonly firstToken: string,
  ) {
    this.token = firstToken;
  }

  static async open(apiUrl: string, token: string): Promise<TokenGate> {
    const gate = new TokenGate(apiUrl, token);
    await new Promise<void>((resolve) => gate.server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The one before is worth nothing from now on. */
  exchangeToken(token: string): void {
    this.token = token;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const [, token = '', rest = ''] = CALL.exec(request.url ?? '') ?? [];
    if (token !== this.token) {
      this.refused += 1;
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"ok":false,"error_code":401,"description":"Unauthorized"}');
      return;
    }
    if (token !== this.firstToken) this.takenAnew += 1;
    const hangUp = new AbortController();
    response.on('close', () => hangUp.abort());
    try {
      const answer = await fetch(`${this.apiUrl}/bot${this.firstToken}${rest}`, {
        method: 'POST',
        headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
        body,
        signal: hangUp.signal,
      });
      const said = await answer.text();
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(said);
    } catch {
      response.destroy();
    }
  }
}
