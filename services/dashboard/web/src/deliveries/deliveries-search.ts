import { periodSearchOf, type PeriodSearch } from '../display/period';
import { DELIVERY_STATES, type DeliveryState } from '../display/words';
import { isChatId, isKeyOf } from '../joins/joins-search';

/** The filters of the deliveries table, as they stand in the address. */
export interface DeliveriesSearch extends PeriodSearch {
  readonly state?: DeliveryState;
  readonly pixelId?: string;
  readonly chatId?: string;
}

export function deliveriesSearchOf(search: Readonly<Record<string, unknown>>): DeliveriesSearch {
  const { state, pixelId, chatId } = search;
  return {
    ...periodSearchOf(search),
    ...(isKeyOf(DELIVERY_STATES, state) ? { state } : {}),
    ...(typeof pixelId === 'string' && /^[0-9a-f-]{36}$/.test(pixelId) ? { pixelId } : {}),
    ...(isChatId(chatId) ? { chatId: String(chatId) } : {}),
  };
}
