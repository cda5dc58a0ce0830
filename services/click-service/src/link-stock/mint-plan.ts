import type { ChannelStock } from './link-stock.store';
import { linksToMint, marksFor, type StockPolicy } from './refill-decision';
import { ownerKey, type LinkOwner } from './stock-link';

export interface MintOrder extends LinkOwner {
  readonly kind: 'stock' | 'fallback';
}

export interface MintPlan {
  /** In the order in which they should be made. */
  readonly orders: readonly MintOrder[];
  /** Channels (by `ownerKey`) that are on their way to the high mark. */
  readonly filling: ReadonlySet<string>;
  /** When the first of the paused channels that need links may be tried again; undefined when none waits. */
  readonly retryAt: number | undefined;
}

/**
 * What to mint for a bot's channels. Fallback links first, since without one a visitor may have nowhere to go; then
 * link by link for the channel that is emptiest against its low mark, so that a busy channel can't starve the others.
 * @param filling as of the last plan
 * @param most orders; the next plan knows the stock better
 */
export function planMinting(
  stocks: readonly ChannelStock[],
  policy: StockPolicy,
  filling: ReadonlySet<string>,
  now: number,
  most: number,
): MintPlan {
  const needs = stocks.map((stock) => ({
    stock,
    low: marksFor(stock, policy).low,
    missing: stock.wantsStock ? linksToMint(stock, policy, filling.has(ownerKey(stock))) : 0,
    planned: 0,
  }));
  const wanting = needs.filter(({ stock, missing }) => missing > 0 || !stock.hasFallback);
  const isPaused = ({ stock }: (typeof needs)[number]): boolean => (stock.failure?.retryAt ?? 0) > now;
  const open = wanting.filter((need) => !isPaused(need));
  const paused = wanting.filter(isPaused).map(({ stock }) => stock.failure?.retryAt ?? now);

  const orders: MintOrder[] = open
    .filter(({ stock }) => !stock.hasFallback)
    .map(({ stock: { chatId, botId, form } }) => ({ chatId, botId, form, kind: 'fallback' as const }));
  while (orders.length < most) {
    const [neediest] = open
      .filter(({ missing, planned }) => planned < missing)
      .sort((one, other) => emptiness(one) - emptiness(other));
    if (neediest === undefined) break;
    neediest.planned += 1;
    const { chatId, botId, form } = neediest.stock;
    orders.push({ chatId, botId, form, kind: 'stock' });
  }
  return {
    orders: orders.slice(0, most),
    filling: new Set(needs.filter(({ missing }) => missing > 0).map(({ stock }) => ownerKey(stock))),
    retryAt: paused.length === 0 ? undefined : Math.min(...paused),
  };
}

const emptiness = (need: {
  readonly stock: ChannelStock;
  readonly low: number;
  readonly planned: number;
}): number => (need.stock.free + need.planned) / need.low;
