/** One update of a delivery, before anybody has looked at what it says. */
export interface Received {
  /** Undefined: not JSON. */
  readonly update: unknown;
  /** As it came, to be kept if it can't be understood. */
  raw(): Buffer;
}

/**
 * The updates in a body: Telegram sends one, a gateway that forwards them may send a list. What is no JSON is one
 * update that says so. Never throws.
 */
export function updatesIn(body: Buffer): readonly Received[] {
  let content: unknown;
  try {
    content = JSON.parse(body.toString('utf8'));
  } catch {
    return [{ update: undefined, raw: () => body }];
  }
  if (!Array.isArray(content)) return [{ update: content, raw: () => body }];
  return content.map((update: unknown) => ({ update, raw: () => bytesOf(update, body) }));
}

/** An update that came without bytes of its own: from a list, or from getUpdates. */
export const receivedOf = (update: unknown): Received => ({
  update,
  raw: () => bytesOf(update, Buffer.from('the update is nested too deep to be written')),
});

/** Reading takes any depth, writing does not. */
function bytesOf(update: unknown, otherwise: Buffer): Buffer {
  try {
    return Buffer.from(JSON.stringify(update));
  } catch (error) {
    if (error instanceof RangeError) return otherwise;
    throw error;
  }
}
