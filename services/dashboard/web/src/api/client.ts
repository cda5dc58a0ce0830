import createClient, { type Middleware } from 'openapi-fetch';
import { ApiProblem, problemOf } from './problem';
import type { paths } from './schema';

/** Every answer but 2xx is thrown as an `ApiProblem`, so that a caller who forgets to look can't go on. */
const throwing: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    const body: unknown = await response.json().catch(() => undefined);
    throw problemOf(response.status, body);
  },
  onError({ error }) {
    return error instanceof ApiProblem ? error : problemOf(0, undefined);
  },
};

export const api = createClient<paths>({ baseUrl: globalThis.location.origin });
api.use(throwing);

/** @throws ApiProblem, also where the answer has no body though one was promised. */
export async function dataOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  if (data === undefined) throw problemOf(0, undefined);
  return data;
}
