import { UUID } from './validation';

/**
 * The payload of `t.me/<bot>?start=<payload>`: it carries the channel and the click, since the gateway that
 * reads it back keeps no state. Telegram allows 64 characters of `A-Za-z0-9_-`; this needs at most 36.
 */
const PAYLOAD = /^c_([0-9a-z]{1,11})_([A-Za-z0-9_-]{22})$/;
/** As many digits as a chat id may have in the contract. */
const MAX_CHAT_DIGITS = 9_999_999_999_999_999n;

/** @throws RangeError or SyntaxError when the ids are none */
export function startPayloadOf(chatId: string, clickId: string): string {
  const chat = BigInt(chatId);
  if (chat >= 0n) throw new RangeError('a channel id is negative');
  if (!UUID.test(clickId)) throw new RangeError('a click id is a UUID in lower case');
  const click = Buffer.from(clickId.replaceAll('-', ''), 'hex');
  return `c_${(-chat).toString(36)}_${click.toString('base64url')}`;
}

/**
 * The channel and the click of a payload; undefined for what `startPayloadOf` never makes. The payload comes
 * from a stranger: a channel id with too many digits, or a second spelling of a known click, is none of ours.
 */
export function parseStartPayload(payload: string): { chatId: string; clickId: string } | undefined {
  const [, chat, click] = PAYLOAD.exec(payload) ?? [];
  if (chat === undefined || click === undefined) return undefined;
  const hex = Buffer.from(click, 'base64url').toString('hex');
  const digits = Array.from(chat).reduce((sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)), 0n);
  if (digits === 0n || digits > MAX_CHAT_DIGITS) return undefined;
  const chatId = (-digits).toString();
  const clickId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return startPayloadOf(chatId, clickId) === payload ? { chatId, clickId } : undefined;
}
