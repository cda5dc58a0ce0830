/** The date as the stand-ins see it, in milliseconds since 1970. A test turns it by hand to reach 24 h or 48 h. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Telegram's dates are whole seconds, rounded down: a join may seem up to a second older than its click. */
export function wholeSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
