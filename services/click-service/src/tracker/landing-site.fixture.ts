import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LandingPage {
  readonly head?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody's web site, on an origin of its own. */
export class LandingSite {
  private readonly pages = new Map<string, LandingPage>();
  private readonly server: Server;
  origin = '';

  constructor() {
    this.server = createServer((request, response) => {
      const page = this.pages.get(new URL(request.url ?? '/', 'http://any').pathname);
      response.writeHead(page === undefined ? 404 : 200, {
        'content-type': 'text/html; charset=utf-8',
        ...page?.headers,
      });
      response.end(
        `<!doctype html><html><head>${page?.head ?? ''}</head><body>${page?.body ?? ''}</body></html>`,
      );
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @returns the page's address */
  put(path: string, page: LandingPage): string {
    this.pages.set(path, page);
    return this.origin + path;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
