import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A landing page of a customer's, on an origin of its own. */
export class LandingPage {
  private html = '';

  private constructor(private readonly server: Server) {}

  static async open(): Promise<LandingPage> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(page.html);
    });
    const page = new LandingPage(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return page;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the customer pastes before `</body>`. */
  paste(snippet: string): void {
    this.html = `<!doctype html><title>Offer</title><body><h1>Offer</h1>${snippet}</body>`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
