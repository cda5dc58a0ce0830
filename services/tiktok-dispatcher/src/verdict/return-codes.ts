import type { Verdict } from '@clickjoin/contracts';

/**
 * When to try again:
 * - `soon`: backoff from a second or so
 * - `later`: not before some minutes; asking sooner makes it worse or is of no use
 * - `never`: whatever the verdict, this is the last attempt
 * - `apart`: the batch it was in is divided, by the worker that has its answer; later, if that worker is gone
 * - `alone`: as soon, but never again in a batch
 */
export type Retry = 'soon' | 'later' | 'never' | 'apart' | 'alone';

export interface Meaning {
  readonly verdict: Verdict;
  readonly retry: Retry;
  /** In words that a media buyer understands: what happened and what to do. */
  readonly explanation: string;
}

export interface CodeRule extends Meaning {
  /** A code, or an inclusive range of codes. Rules are read from the top: the first that fits holds. */
  readonly codes: readonly (number | readonly [from: number, to: number])[];
}

const rejected = (explanation: string): Meaning => ({ verdict: 'rejected', retry: 'never', explanation });
const refused = (explanation: string): Meaning => ({ verdict: 'refused', retry: 'never', explanation });
const throttled = (retry: Retry, explanation: string): Meaning => ({
  verdict: 'throttled',
  retry,
  explanation,
});
const failed = (retry: Retry, explanation: string): Meaning => ({ verdict: 'failed', retry, explanation });
const unknown = (retry: Retry, explanation: string): Meaning => ({ verdict: 'unknown', retry, explanation });

/**
 * TikTok's return codes: the table of reference/tiktok-events-api.md §4, for a request with one event.
 * `refused` keeps the pixel's deliveries until its settings change; it stands for all that is wrong with the token,
 * the pixel or the installation and not with the event.
 */
export const CODE_RULES: readonly CodeRule[] = [
  { codes: [0], verdict: 'accepted', retry: 'never', explanation: 'TikTok accepted the event.' },
  {
    codes: [20001],
    verdict: 'accepted',
    retry: 'never',
    explanation: 'TikTok accepted the event, and says that it took only part of its fields.',
  },

  {
    codes: [40001],
    ...refused(
      'TikTok says that the access token has no permission for this pixel. Generate a token in Events Manager for this very pixel and save it here.',
    ),
  },
  {
    codes: [40007],
    ...refused('TikTok does not know this pixel. Check the pixel code.'),
  },
  {
    codes: [40016, 40100],
    ...throttled('soon', 'TikTok takes no more requests for the moment. The event is sent again.'),
  },
  {
    codes: [40133],
    ...throttled('soon', 'TikTok takes no more requests for this ad account for the moment.'),
  },
  {
    codes: [40132],
    ...throttled(
      'later',
      'TikTok slows this pixel down, or takes its token for leaked. If this stays, generate a new token.',
    ),
  },
  // The reference doesn't know what window the code speaks of. "Accepted" would be a guess, and so would be a retry.
  {
    codes: [40050],
    ...unknown('never', 'TikTok says that it has this event already. It is not sent again.'),
  },
  {
    codes: [40000, 40002],
    ...rejected(
      'TikTok finds a field of the event invalid; its message names it. The same event will never be taken.',
    ),
  },
  { codes: [40061], ...rejected('TikTok says that the request has too many or too few events.') },
  { codes: [40062], ...rejected('TikTok says that personal data in the event is not hashed.') },
  { codes: [40063], ...rejected('TikTok says that the name of the sending partner is invalid.') },
  {
    codes: [40006, 40010, 40051],
    ...rejected('TikTok says that the version of its API, or its address, is wrong. Check TIKTOK_API_URL.'),
  },
  { codes: [40700], ...rejected("The event failed TikTok's internal checks.") },
  {
    codes: [40008, 40400, 41001],
    ...refused(
      "TikTok's address for events is missing or offline. Check TIKTOK_API_URL and the pixel's wire format.",
    ),
  },
  {
    codes: [41000],
    ...refused("TikTok does not serve the country of this server's IP address."),
  },
  { codes: [40102], ...refused('The access token has expired. Generate a new one and save it here.') },
  { codes: [40104], ...refused('TikTok says that the access token is empty. Save the token again.') },
  { codes: [40105], ...refused('The access token is invalid. Generate a new one and save it here.') },
  {
    codes: [40106, 40113, 40118, 40119, 40125],
    ...refused(
      "TikTok does not let this token's app or account report events: it is blocked, or not allowed to.",
    ),
  },
  // All other 401xx are about who asks, not about what is asked (design.md §6).
  {
    codes: [[40101, 40199]],
    ...refused('TikTok refuses the access token. Generate a new one and save it here.'),
  },
  {
    codes: [40202],
    ...failed('soon', 'TikTok was writing the same data at that moment. The event is sent again.'),
  },
  // Never success, and a retry of what we don't understand could go on for ever: kept for a person to look at.
  {
    codes: [[40000, 49999]],
    ...rejected('TikTok refused the event with a code that is not in its documentation.'),
  },

  {
    codes: [50000, 50002],
    ...failed('soon', 'TikTok had an internal error. Nothing is wrong with the event; it is sent again.'),
  },
  // The reference names them without a meaning, and says that others retry them: no more is promised here.
  {
    codes: [51001, 51002, 51010, 51039, 51305],
    ...failed(
      'soon',
      'A service inside TikTok failed. Nothing is wrong with the event, the token or the pixel; it is sent again.',
    ),
  },
  // There it is called PIXEL_ERROR, which sounds like the pixel's fault.
  {
    codes: [51012],
    ...failed(
      'soon',
      "TikTok's own service for pixels failed. Nothing is wrong with this pixel or the event; it is sent again.",
    ),
  },
  // 51xxx, 52xxx and 53xxx as a whole.
  {
    codes: [[50000, 53999]],
    ...failed('soon', 'Something went wrong inside TikTok. The event is sent again.'),
  },
  { codes: [60001], ...failed('later', 'TikTok is under maintenance. The event is sent again.') },
  {
    codes: [61000],
    ...throttled(
      'later',
      'TikTok has blocked this sender for too many requests. The event is sent again, slowly.',
    ),
  },
];

/** What no rule knows: never success, and TikTok may have taken the event. */
export const UNDOCUMENTED_CODE: Meaning = unknown(
  'later',
  'TikTok answered with a code that is not in its documentation. It may have taken the event.',
);

export function meaningOfCode(code: number): Meaning {
  return (
    CODE_RULES.find(({ codes }) =>
      codes.some((entry) =>
        typeof entry === 'number' ? entry === code : entry[0] <= code && code <= entry[1],
      ),
    ) ?? UNDOCUMENTED_CODE
  );
}

/** What to make of an answer without a readable code: the HTTP status is all there is. */
export function meaningOfStatus(status: number): Meaning {
  if (status >= 300 && status < 400) {
    return failed(
      'later',
      'The answer was a redirect, which is not followed: the token goes to TikTok and nowhere else. Check TIKTOK_API_URL.',
    );
  }
  if (status === 429) {
    return unknown(
      'soon',
      'TikTok, or something on the way to it, takes no more requests for the moment. The event is sent again.',
    );
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return failed(
      'later',
      "The request did not reach TikTok's Events API. Check TIKTOK_API_URL, and what stands between this server and TikTok.",
    );
  }
  return unknown('soon', "TikTok's answer could not be read. It may have taken the event; it is sent again.");
}

/**
 * How an attempt can end without an answer:
 * - `token-unusable`: the sealed token does not open, or is no header value; nothing was sent
 * - `not-sent`: too little was left of the lease; nothing was sent
 * - `private-address`: the name of TIKTOK_API_URL leads into a private network; nothing was sent
 */
export type Failure =
  | 'token-unusable'
  | 'not-sent'
  | 'private-address'
  | 'not-connected'
  | 'timed-out'
  | 'connection-lost'
  | 'answer-too-large';

export const FAILURE_MEANINGS: Readonly<Record<Failure, Meaning>> = {
  'token-unusable': refused(
    "Clickjoin can't read the pixel's access token, perhaps since SECRET_KEYS has changed. Save the token here again.",
  ),
  'not-sent': failed('soon', 'This server was too busy to send the event in time. It is sent later.'),
  'private-address': failed(
    'later',
    'The name in TIKTOK_API_URL leads to a private address, where the token must not go. If that is no attack, set ALLOW_PRIVATE_TIKTOK_URL.',
  ),
  'not-connected': failed('soon', 'TikTok could not be reached. The event is sent again.'),
  'timed-out': unknown(
    'soon',
    'TikTok did not answer in time. It may have taken the event; it is sent again.',
  ),
  'connection-lost': unknown(
    'soon',
    'The connection broke before the answer. TikTok may have taken the event; it is sent again.',
  ),
  'answer-too-large': unknown(
    'later',
    'The answer was far too long to be from TikTok. It may have taken the event; it is sent again.',
  ),
};

/** A worker ended between sending and writing down the answer. */
export const INTERRUPTED: Meaning = unknown(
  'soon',
  'Clickjoin was interrupted before it could write down the answer. TikTok may have taken the event; it is sent again.',
);
