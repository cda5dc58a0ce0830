import type { ChannelStock } from './link-stock.store';
import { planMinting } from './mint-plan';

const POLICY = { low: 10, high: 20, max: 100 };
const NOW = 1_000_000;
const stock = (chatId: string, facts: Partial<ChannelStock> = {}): ChannelStock => ({
  chatId,
  botId: '7',
  form: 'open',
  wantsStock: true,
  free: 20,
  leasedLately: 0,
  hasFallback: true,
  failure: undefined,
  ...facts,
});
const plan = (stocks: readonly ChannelStock[], most = 100, filling: readonly string[] = []) =>
  planMinting(stocks, POLICY, new Set(filling), NOW, most);
const chats = (stocks: readonly ChannelStock[], most?: number): string[] =>
  plan(stocks, most).orders.map(({ chatId, kind }) => (kind === 'fallback' ? `${chatId}*` : chatId));

describe('planMinting', () => {
  it('leaves full channels alone', () => {
    expect(plan([stock('-1')])).toEqual({ orders: [], filling: new Set(), retryAt: undefined });
  });

  it('makes fallback links first, for whoever has none', () => {
    expect(chats([stock('-1', { free: 5 }), stock('-2', { hasFallback: false })], 3)).toEqual([
      '-2*',
      '-1',
      '-1',
    ]);
  });

  it('serves the emptiest first, and then in turns', () => {
    expect(chats([stock('-1', { free: 2 }), stock('-2', { free: 0 })], 6)).toEqual([
      '-2',
      '-2',
      '-1',
      '-2',
      '-1',
      '-2',
    ]);
  });

  it('goes on to the high mark with what it has begun', () => {
    expect(plan([stock('-1', { free: 15 })]).orders).toHaveLength(0);
    expect(plan([stock('-1', { free: 15 })], 100, ['-1/7/open']).orders).toHaveLength(5);
  });

  it('leaves paused channels alone and says when the first is due', () => {
    const failure = { failures: 1, reason: 'flood', failedAt: NOW, retryAt: NOW + 5_000 };
    const found = plan([
      stock('-1', { free: 0, failure }),
      stock('-2', { free: 0, failure: { ...failure, retryAt: NOW + 9_000 } }),
      stock('-3', { free: 19, failure: { ...failure, retryAt: NOW + 1_000 } }),
    ]);
    expect(found.orders).toEqual([]);
    expect(found.retryAt).toBe(NOW + 5_000);
  });

  it('tries again when the pause is over', () => {
    const failure = { failures: 1, reason: 'flood', failedAt: 0, retryAt: NOW };
    expect(plan([stock('-1', { free: 0, failure })]).orders).toHaveLength(20);
  });
});
