import { InvalidInput, isObject, type JsonObject } from './input';
import type { Random } from './random';

/** What Telegram may do wrong, and how fast its time runs. Shares are 0..1 of the cases named. */
export interface TelegramFaults {
  /** Of acknowledged updates: delivered once more, as if the acknowledgement had been lost. */
  readonly redeliverShare: number;
  /** Of updates: held back up to `delayMaxMs` before the first try, so other users' updates overtake them. */
  readonly delayShare: number;
  readonly delayMaxMs: number;
  /** Of joins through a link into a public chat: the update has no `invite_link`. */
  readonly stripLinkShare: number;
  /** Of `createChatInviteLink` calls: answered 429 with `retryAfterSeconds`. */
  readonly tooManyRequestsShare: number;
  readonly retryAfterSeconds: number;
  /** Flood limit of `createChatInviteLink` for each bot and chat; 0 is none. */
  readonly linksPerMinute: number;
  /** Of `createChatInviteLink` calls: the link is made, and the answer is lost. */
  readonly lostAnswerShare: number;
  /** Each Bot API answer comes this late. */
  readonly latencyMs: number;
  /** Multiplies every wait between webhook tries, a `Retry-After` of the receiver included. */
  readonly retryScale: number;
  /** A webhook that has not answered by then has failed. */
  readonly webhookTimeoutMs: number;
  /** Faults for the next calls, used up in order before chance is asked. */
  readonly next: readonly ScriptedTelegramFault[];
}

export const TELEGRAM_CALL_FAULTS = ['tooManyRequests', 'lostAnswer', 'internalError'] as const;
export type TelegramCallFault = (typeof TELEGRAM_CALL_FAULTS)[number];
export interface ScriptedTelegramFault {
  /** Bot API method, in Telegram's spelling. */
  readonly method: string;
  readonly fault: TelegramCallFault;
  readonly times: number;
}

/** One of these, or none, becomes of a request to TikTok. */
export const TIKTOK_REQUEST_FAULTS = [
  'lostAnswer',
  'code50000',
  'http500',
  'throttled',
  'http429',
  'htmlBody',
  'truncatedJson',
  'partial',
] as const;
export type TikTokRequestFault = (typeof TIKTOK_REQUEST_FAULTS)[number];

/** What TikTok may do wrong. The shares of the request faults exclude each other, so their sum is at most 1. */
export interface TikTokFaults extends Readonly<Record<TikTokRequestFault, number>> {
  /** What a lost answer looks like to the sender: a cut connection, or silence until its own timeout. */
  readonly lostAnswerMode: 'destroy' | 'withhold';
  /** `Retry-After` of `http429`. */
  readonly retryAfterSeconds: number;
  /** Each answer comes this late. */
  readonly latencyMs: number;
  /** Share of the answers that come `slowMs` later still; the events are counted at once. */
  readonly slow: number;
  readonly slowMs: number;
  /** Refuse what the real one swallows in silence: unknown or misplaced keys, empty strings, malformed names. */
  readonly strict: boolean;
  /** Pixel code → return code (40001, 40105, …) for each of its requests, until healed with `null`. */
  readonly credentialErrors: Readonly<Record<string, number>>;
  /** Events that are refused with 40002, and take their whole request with them. */
  readonly rejectEventIds: readonly string[];
  /** Faults for the next requests, used up in order before chance is asked; `ok` lets one through. */
  readonly next: readonly ScriptedTikTokFault[];
}

export interface ScriptedTikTokFault {
  readonly fault: TikTokRequestFault | 'ok';
  readonly times: number;
}

export interface Faults {
  readonly telegram: TelegramFaults;
  readonly tiktok: TikTokFaults;
}

type TikTokFaultsUpdate = Partial<Omit<TikTokFaults, 'credentialErrors'>> & {
  readonly credentialErrors?: Readonly<Record<string, number | null>>;
};

/** Only what is named changes. `credentialErrors` is merged by pixel (`null` heals); lists are replaced. */
export interface FaultsUpdate {
  readonly telegram?: Partial<TelegramFaults>;
  readonly tiktok?: TikTokFaultsUpdate;
}

export const NO_FAULTS: Faults = {
  telegram: {
    redeliverShare: 0,
    delayShare: 0,
    delayMaxMs: 1000,
    stripLinkShare: 0,
    tooManyRequestsShare: 0,
    retryAfterSeconds: 1,
    linksPerMinute: 0,
    lostAnswerShare: 0,
    latencyMs: 0,
    retryScale: 1,
    webhookTimeoutMs: 60_000,
    next: [],
  },
  tiktok: {
    lostAnswer: 0,
    code50000: 0,
    http500: 0,
    throttled: 0,
    http429: 0,
    htmlBody: 0,
    truncatedJson: 0,
    partial: 0,
    lostAnswerMode: 'destroy',
    retryAfterSeconds: 1,
    latencyMs: 0,
    slow: 0,
    slowMs: 1000,
    strict: true,
    credentialErrors: {},
    rejectEventIds: [],
    next: [],
  },
};

/**
 * The faults after a partial update.
 * @throws InvalidInput naming the field, e.g. `tiktok.lostAnswer must be a share from 0 to 1`.
 */
export function applyFaults(current: Faults, update: unknown): Faults {
  if (!isObject(update)) throw new InvalidInput('body', 'must be a JSON object');
  const unknown = Object.keys(update).find((name) => name !== 'telegram' && name !== 'tiktok');
  if (unknown !== undefined) throw new InvalidInput(unknown, 'is not a known field');
  const telegram = { ...current.telegram, ...part(update, 'telegram', TELEGRAM_RULES) };
  const { credentialErrors, ...rest } = part(update, 'tiktok', TIKTOK_RULES);
  const tiktok = {
    ...current.tiktok,
    ...rest,
    credentialErrors: heal(current.tiktok.credentialErrors, credentialErrors),
  } as TikTokFaults;
  const sum = TIKTOK_REQUEST_FAULTS.reduce((total, fault) => total + tiktok[fault], 0);
  if (sum > 1 + 1e-9) {
    throw new InvalidInput(
      'tiktok',
      `has shares of ${TIKTOK_REQUEST_FAULTS.join(', ')} that add up to ${sum}, above 1`,
    );
  }
  return { telegram, tiktok };
}

/** What is to go wrong now: the script first, then chance. */
export class FaultBook {
  private current: Faults;
  private readonly telegramCalls: Random;
  private readonly tiktokRequests: Random;
  private readonly tiktokSlow: Random;

  constructor(random: Random, initial: FaultsUpdate = {}) {
    this.current = applyFaults(NO_FAULTS, initial);
    this.telegramCalls = random.fork('telegram-calls');
    this.tiktokRequests = random.fork('tiktok-requests');
    this.tiktokSlow = random.fork('tiktok-slow');
  }

  get telegram(): TelegramFaults {
    return this.current.telegram;
  }

  get tiktok(): TikTokFaults {
    return this.current.tiktok;
  }

  all(): Faults {
    return this.current;
  }

  /** @throws InvalidInput; nothing is changed then. */
  update(update: unknown): Faults {
    return (this.current = applyFaults(this.current, update));
  }

  clear(): void {
    this.current = NO_FAULTS;
  }

  forTelegramCall(method: string): TelegramCallFault | undefined {
    const { next, tooManyRequestsShare, lostAnswerShare } = this.current.telegram;
    const scripted = next.find((entry) => entry.method.toLowerCase() === method.toLowerCase());
    if (scripted) {
      this.current = {
        ...this.current,
        telegram: { ...this.current.telegram, next: usedOnce(next, scripted) },
      };
      return scripted.fault;
    }
    if (method.toLowerCase() !== 'createchatinvitelink') return undefined;
    if (this.telegramCalls.chance(tooManyRequestsShare)) return 'tooManyRequests';
    return this.telegramCalls.chance(lostAnswerShare) ? 'lostAnswer' : undefined;
  }

  forTikTokRequest(): TikTokRequestFault | undefined {
    const { tiktok } = this.current;
    const [scripted] = tiktok.next;
    if (scripted) {
      this.current = { ...this.current, tiktok: { ...tiktok, next: usedOnce(tiktok.next, scripted) } };
      return scripted.fault === 'ok' ? undefined : scripted.fault;
    }
    // One draw decides among all, so each fault gets its full share whatever the others are set to.
    let draw = this.tiktokRequests.next();
    for (const fault of TIKTOK_REQUEST_FAULTS) {
      draw -= tiktok[fault];
      if (draw < 0) return fault;
    }
    return undefined;
  }

  /** How late TikTok's next answer comes, in milliseconds. */
  tiktokDelayMs(): number {
    const { latencyMs, slow, slowMs } = this.current.tiktok;
    return latencyMs + (this.tiktokSlow.chance(slow) ? slowMs : 0);
  }
}

function usedOnce<T extends { readonly times: number }>(script: readonly T[], used: T): readonly T[] {
  return script.flatMap((entry) => {
    if (entry !== used) return [entry];
    return entry.times > 1 ? [{ ...entry, times: entry.times - 1 }] : [];
  });
}

type Rule = (value: unknown, field: string) => void;

function must(fine: (value: unknown) => boolean, what: string): Rule {
  return (value, field) => {
    if (!fine(value)) throw new InvalidInput(field, `must be ${what}`);
  };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const share = must((value) => isNumber(value) && value >= 0 && value <= 1, 'a share from 0 to 1');
const milliseconds = must((value) => isNumber(value) && value >= 0, 'milliseconds, 0 or more');
const count = must(
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  'a whole number, 0 or more',
);
const times = must(
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  'a whole number, 1 or more',
);
const scale = must((value) => isNumber(value) && value >= 0, 'a factor, 0 or more');
const flag = must((value) => typeof value === 'boolean', 'true or false');
const text = must((value) => typeof value === 'string' && value !== '', 'a non-empty string');
const choice = (choices: readonly string[]): Rule =>
  must((value) => typeof value === 'string' && choices.includes(value), `one of ${choices.join(', ')}`);

function list(each: Rule): Rule {
  return (value, field) => {
    if (!Array.isArray(value)) throw new InvalidInput(field, 'must be a list');
    value.forEach((item, index) => each(item, `${field}.${index}`));
  };
}

function entry(rules: Readonly<Record<string, Rule>>): Rule {
  return (value, field) => {
    const found = checked(value, field, rules);
    const missing = Object.keys(rules).find((name) => found[name] === undefined);
    if (missing !== undefined) throw new InvalidInput(`${field}.${missing}`, 'is missing');
  };
}

const returnCodes: Rule = (value, field) => {
  if (!isObject(value)) throw new InvalidInput(field, 'must map pixel codes to return codes');
  for (const [pixelCode, code] of Object.entries(value)) {
    if (code === null || (Number.isSafeInteger(code) && (code as number) > 0)) continue;
    throw new InvalidInput(`${field}.${pixelCode}`, 'must be a return code such as 40001, or null to heal');
  }
};

const TELEGRAM_RULES: Readonly<Record<keyof TelegramFaults, Rule>> = {
  redeliverShare: share,
  delayShare: share,
  delayMaxMs: milliseconds,
  stripLinkShare: share,
  tooManyRequestsShare: share,
  retryAfterSeconds: times,
  linksPerMinute: count,
  lostAnswerShare: share,
  latencyMs: milliseconds,
  retryScale: scale,
  webhookTimeoutMs: milliseconds,
  next: list(entry({ method: text, fault: choice(TELEGRAM_CALL_FAULTS), times })),
};

const TIKTOK_RULES: Readonly<Record<keyof TikTokFaults, Rule>> = {
  lostAnswer: share,
  code50000: share,
  http500: share,
  throttled: share,
  http429: share,
  htmlBody: share,
  truncatedJson: share,
  partial: share,
  lostAnswerMode: choice(['destroy', 'withhold']),
  retryAfterSeconds: times,
  latencyMs: milliseconds,
  slow: share,
  slowMs: milliseconds,
  strict: flag,
  credentialErrors: returnCodes,
  rejectEventIds: list(text),
  next: list(entry({ fault: choice([...TIKTOK_REQUEST_FAULTS, 'ok']), times })),
};

function part(update: JsonObject, name: string, rules: Readonly<Record<string, Rule>>): JsonObject {
  return update[name] === undefined ? {} : checked(update[name], name, rules);
}

function checked(value: unknown, path: string, rules: Readonly<Record<string, Rule>>): JsonObject {
  if (!isObject(value)) throw new InvalidInput(path, 'must be a JSON object');
  for (const [name, given] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw new InvalidInput(`${path}.${name}`, 'is not a known field');
    rule(given, `${path}.${name}`);
  }
  return value;
}

function heal(current: Readonly<Record<string, number>>, update: unknown): Readonly<Record<string, number>> {
  const merged = new Map<string, unknown>(
    Object.entries({ ...current, ...(isObject(update) ? update : {}) }),
  );
  return Object.fromEntries(
    [...merged].filter((pair): pair is [string, number] => typeof pair[1] === 'number'),
  );
}
