import type { IncomingHttpHeaders } from 'node:http';

/** What this service needs of Fastify's request and reply. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
  readonly protocol: string;
}

export interface HttpReply {
  header(name: string, value: string): unknown;
}
