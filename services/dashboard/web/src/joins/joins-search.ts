import { periodSearchOf, type PeriodSearch } from '../display/period';
import type { JoinOutcome, OrganicReason } from '../display/words';
import { JOIN_OUTCOMES, ORGANIC_REASONS } from '../display/words';

/** The filters of the joins table, as they stand in the address: a filtered table can be sent to a colleague. */
export interface JoinsSearch extends PeriodSearch {
  readonly outcome?: JoinOutcome;
  readonly reason?: OrganicReason;
  readonly chatId?: string;
  readonly q?: string;
}

export function joinsSearchOf(search: Readonly<Record<string, unknown>>): JoinsSearch {
  const { outcome, reason, chatId, q } = search;
  return {
    ...periodSearchOf(search),
    ...(isKeyOf(JOIN_OUTCOMES, outcome) ? { outcome } : {}),
    ...(isKeyOf(ORGANIC_REASONS, reason) ? { reason } : {}),
    ...(isChatId(chatId) ? { chatId: String(chatId) } : {}),
    ...(isText(q) ? { q: String(q).slice(0, 100) } : {}),
  };
}

export const isKeyOf = <T extends object>(words: T, key: unknown): key is keyof T =>
  typeof key === 'string' && Object.hasOwn(words, key);

/** The router reads digits in an address as a number. */
export const isChatId = (value: unknown): value is string | number => /^-?\d{1,16}$/.test(String(value));
const isText = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';
