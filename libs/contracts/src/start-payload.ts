/**
 * The payload of `t.me/<bot>?start=<payload>`: it carries the channel and the click, since the gateway that
 * reads it back keeps no state. Telegram allows 64 characters of `A-Za-z0-9_-`; this needs at most 36.
 */
const PAYLOAD = /^c_([0-9a-z]{1,12})_([A-Za-z0-9_-]{22})$/;

export function startPayloadOf(chatId: string, clickId: string): string {
  const chat = BigInt(chatId);
  if (chat >= 0n) throw new RangeError('a channel id is negative');
  const click = Buffer.from(clickId.replaceAll('-', ''), 'hex');
  if (click.length !== 16) throw new RangeError('a click id is a UUID');
  return `c_${(-chat).toString(36)}_${click.toString('base64url')}`;
}

export function parseStartPayload(payload: string): { chatId: string; clickId: string } | undefined {
  const [, chat, click] = PAYLOAD.exec(payload) ?? [];
  if (chat === undefined || click === undefined) return undefined;
  const hex = Buffer.from(click, 'base64url').toString('hex');
  const digits = Array.from(chat).reduce((sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)), 0n);
  return {
    chatId: (-digits).toString(),
    clickId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  };
}
