import type { BotWithCheck } from '../bots/bots.service';
import type { ChannelFacts } from '../channels/channel.dto';
import type { ChannelStockView } from '../link-stock/link-stock.dto';
import type { PixelWithState } from '../pixels/pixels.service';
import { lagFinding, pixelFinding, stockFinding, webhookFinding, worstOf } from './findings';

const NOW = Date.UTC(2026, 4, 1, 12);

const bot = (check?: Partial<NonNullable<BotWithCheck['check']>>): BotWithCheck =>
  ({
    bot: { botId: '1', username: 'garden_bot' },
    check: check && { checkedAt: new Date(NOW), updatesBy: 'webhook', problems: [], message: null, ...check },
  }) as unknown as BotWithCheck;

it.each([
  { why: 'no bot', bots: [], state: 'waiting' },
  { why: 'not looked at yet', bots: [bot()], state: 'waiting' },
  { why: 'all is well', bots: [bot({})], state: 'ok' },
  { why: 'the worst counts', bots: [bot({}), bot({ problems: ['token-refused'] })], state: 'problem' },
  { why: 'updates pile up', bots: [bot({ problems: ['updates-pending'] })], state: 'warning' },
  {
    why: 'nobody has looked for a while: good news that is old is none',
    bots: [bot({ checkedAt: new Date(NOW - 16 * 60_000) })],
    state: 'warning',
  },
] as const)('webhook: $why', ({ bots, state }) => expect(webhookFinding(bots, NOW).state).toBe(state));

const channel = (linkMode: string | null = null): ChannelFacts =>
  ({ channel: { chatId: '-1', title: 'Garden', linkMode } }) as unknown as ChannelFacts;
const stock = (change: Partial<ChannelStockView>): ChannelStockView[] => [
  {
    chatId: '-1',
    free: 40,
    lowMark: 20,
    highMark: 60,
    hasFallback: true,
    state: 'stocked',
    failure: null,
    ...change,
  },
];

it.each([
  { why: 'no channel', channels: [], told: [], state: 'waiting' },
  { why: 'the click-service is away', channels: [channel()], told: undefined, state: 'unknown' },
  { why: 'a new channel', channels: [channel()], told: [], state: 'waiting' },
  { why: 'enough', channels: [channel()], told: stock({}), state: 'ok' },
  { why: 'being refilled', channels: [channel()], told: stock({ state: 'low', free: 5 }), state: 'waiting' },
  { why: 'empty', channels: [channel()], told: stock({ state: 'low', free: 0 }), state: 'warning' },
  {
    why: 'Telegram refuses, some are left',
    channels: [channel()],
    told: stock({ state: 'failing' }),
    state: 'warning',
  },
  {
    why: 'Telegram refuses, none are left',
    channels: [channel()],
    told: stock({ state: 'failing', free: 0 }),
    state: 'problem',
  },
  { why: 'visitors go by the bot', channels: [channel('bot-start-link')], told: [], state: 'ok' },
])('stock: $why', ({ channels, told, state }) => expect(stockFinding(channels, told).state).toBe(state));

const pixel = (isPaused: boolean, state?: object): PixelWithState =>
  ({ pixel: { pixelId: 'p', name: 'Main', isPaused }, state }) as unknown as PixelWithState;

it.each([
  { why: 'none', pixels: [], state: 'waiting' },
  { why: 'nothing speaks against it', pixels: [pixel(false)], state: 'ok' },
  { why: 'paused by hand', pixels: [pixel(true, { state: 'paused', reason: 'by-hand' })], state: 'warning' },
  {
    why: 'refused, which no pause hides',
    pixels: [pixel(true, { state: 'paused', reason: 'refused' })],
    state: 'problem',
  },
  { why: 'sent to', pixels: [pixel(false, { state: 'active' })], state: 'ok' },
])('pixel: $why', ({ pixels, state }) => expect(pixelFinding(pixels).state).toBe(state));

const lag = (change: object) => [{ service: 'x', behind: 0, members: 1, standsStillMs: 0, ...change }];

it.each([
  { why: 'Kafka is away', lags: undefined, state: 'unknown' },
  { why: 'up to date', lags: lag({}), state: 'ok' },
  { why: 'positions come some seconds late', lags: lag({ behind: 999 }), state: 'ok' },
  { why: 'catching up', lags: lag({ behind: 50_000 }), state: 'waiting' },
  { why: 'stands still', lags: lag({ behind: 3, standsStillMs: 60_000 }), state: 'problem' },
  { why: 'does not run', lags: lag({ members: 0 }), state: 'problem' },
])('lag: $why', ({ lags, state }) => expect(lagFinding(lags).state).toBe(state));

it('what is wrong anywhere is what the whole is', () => {
  expect(worstOf(['ok', 'waiting', 'problem', 'warning'])).toBe('problem');
  expect(worstOf(['ok', 'unknown', 'waiting'])).toBe('unknown');
});
