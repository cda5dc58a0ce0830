import type { TikTokRequest } from '../build-request/write-request';

/** A request as people may see it. */
export interface ShownRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What every request has besides the token. */
export const REQUEST_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json',
  'accept-encoding': 'identity',
} as const;

/** The request as it is sent, but for the token. */
export const shownRequest = (baseUrl: string, { path, body }: TikTokRequest): ShownRequest => ({
  url: baseUrl.replace(/\/+$/, '') + path,
  headers: { ...REQUEST_HEADERS, 'access-token': '(hidden)' },
  body,
});
