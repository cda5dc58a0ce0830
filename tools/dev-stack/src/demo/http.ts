const TIMEOUT_MS = 10_000;

/** An answer that is not the wanted one. */
export class UnexpectedAnswer extends Error {
  constructor(
    readonly status: number,
    what: string,
    body: string,
  ) {
    super(`${what} answered ${status}: ${body.slice(0, 500)}`);
  }
}

export interface JsonCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws UnexpectedAnswer for a status of 300 and above; the network's error when there is no answer. */
export async function callJson(
  url: string,
  { method = 'GET', body, headers }: JsonCall = {},
): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status < 300) return response;
  throw new UnexpectedAnswer(response.status, `${method} ${new URL(url).pathname}`, await response.text());
}
