/** Telegram drops an update a day after its date, without notice. */
export const UPDATE_LIFE_SECONDS = 86_400;

const LONGEST_RETRY_AFTER_SECONDS = 3600;

/**
 * Wait before the next try after `failures` failed ones, in milliseconds (reference telegram-bot-api.md, section 3):
 * at once, then 2, 4, 8, 16, 32 s, then 60–64 s, then 60–120 s for ever.
 * @param draw a number in [0, 1)
 */
export function retryDelayMs(failures: number, draw: number): number {
  if (failures <= 1) return 0;
  if (failures <= 6) return 2 ** (failures - 1) * 1000;
  return 60_000 + draw * (failures === 7 ? 4_000 : 60_000);
}

/** The wait that a `Retry-After` header asks for; the HTTP-date form is ignored, as Telegram does. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d+$/.test(header)) return undefined;
  return Math.min(Number(header), LONGEST_RETRY_AFTER_SECONDS) * 1000;
}
