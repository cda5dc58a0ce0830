import { callJson } from './http';
import { type DashboardClient } from './dashboard-client';
import { type ChannelKind } from './plan';
import { type SandboxControl } from './sandbox-control';
import { until } from './until';

export interface DemoChannel {
  readonly chatId: number;
  readonly slug: string;
}

export interface DemoSetUp {
  readonly siteId: string;
  readonly pixelIds: readonly string[];
  readonly channels: Readonly<Record<ChannelKind, DemoChannel>>;
}

export interface SetUpTools {
  readonly sandbox: SandboxControl;
  readonly dashboard: DashboardClient;
  readonly clickServiceUrl: string;
  /** What services show each other. */
  readonly internalApiToken: string;
  /** Visitors wait until so many links are in stock for each channel, or as many as the stock holds. */
  readonly linksWanted: number;
}

const PATIENCE_MS = 60_000;
const BOT_TOKEN = '8123456789:DEMO-token-of-nobody_0123456789ab';
const PIXEL = { pixelCode: 'CDEMO0000000000PIXEL', accessToken: 'demo-access-token-of-nobody' };

/** Does what a new user does: makes the bot an administrator, then site, pixel and channels in the dashboard. */
export async function setUpDemo({
  sandbox,
  dashboard,
  clickServiceUrl,
  internalApiToken,
  linksWanted,
}: SetUpTools): Promise<DemoSetUp> {
  const { botId } = await sandbox.addBot({ token: BOT_TOKEN, username: 'demo_join_bot', name: 'Demo bot' });
  await sandbox.addPixel(PIXEL);
  const siteId = await dashboard.addSite('Demo site');
  const pixelId = await dashboard.addPixel(siteId, { name: 'Demo pixel', ...PIXEL, wireFormat: '1.0' });
  await dashboard.addBot(BOT_TOKEN);
  await until('the bot has its webhook', PATIENCE_MS, async () =>
    (await sandbox.telegram()).bots.find((bot) => bot.botId === botId && bot.webhookUrl !== null),
  );

  const closed = await sandbox.addChannel({ title: 'Demo: members only', type: 'channel' });
  const open = await sandbox.addChannel({
    title: 'Demo: open',
    type: 'channel',
    username: 'demo_open_channel',
  });
  const channels: Record<ChannelKind, DemoChannel> = {
    private: { chatId: closed.chatId, slug: 'members' },
    public: { chatId: open.chatId, slug: 'open' },
  };
  for (const { chatId } of Object.values(channels)) await sandbox.makeAdmin(chatId, botId);
  await until('the dashboard has detected both channels', PATIENCE_MS, async () => {
    const detected = new Set((await dashboard.channels()).map(({ chatId }) => chatId));
    return Object.values(channels).every(({ chatId }) => detected.has(String(chatId))) || undefined;
  });
  await dashboard.setUpChannel(String(closed.chatId), {
    ...{ siteId, slug: channels.private.slug, eventType: 'Subscribe', value: 12.5, currency: 'EUR' },
  });
  await dashboard.setUpChannel(String(open.chatId), {
    ...{ siteId, slug: channels.public.slug, eventType: 'CompleteRegistration' },
  });
  await until('invite links are in stock', PATIENCE_MS, () =>
    stocked({ clickServiceUrl, internalApiToken }, channels, linksWanted),
  );
  return { siteId, pixelIds: [pixelId], channels };
}

interface Stock {
  readonly slug: string;
  readonly free: number;
  readonly highMark: number;
  readonly heldHere: number;
}

async function stocked(
  { clickServiceUrl, internalApiToken }: Pick<SetUpTools, 'clickServiceUrl' | 'internalApiToken'>,
  channels: Readonly<Record<ChannelKind, DemoChannel>>,
  wanted: number,
): Promise<true | undefined> {
  const response = await callJson(`${clickServiceUrl}/v1/stock`, {
    headers: { authorization: `Bearer ${internalApiToken}` },
  });
  const { channels: stocks } = (await response.json()) as { channels: readonly Stock[] };
  const full = Object.values(channels).every(({ slug }) => {
    const stock = stocks.find((candidate) => candidate.slug === slug);
    if (!stock || stock.heldHere === 0) return false;
    return stock.free + stock.heldHere >= Math.min(wanted, stock.highMark);
  });
  return full || undefined;
}
