import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BotsService, type BotWithCheck } from '../bots/bots.service';
import { isConfigured } from '../channels/channel-event';
import type { ChannelFacts } from '../channels/channel.dto';
import { ChannelsService } from '../channels/channels.service';
import type { FindingDetailView, Finding } from '../health/finding.dto';
import { pixelFinding, stockFinding, webhookFinding, worstOf } from '../health/findings';
import { LinkStock } from '../link-stock/link-stock';
import { PixelsService, type PixelWithState } from '../pixels/pixels.service';
import { ScriptSeenStore, type ScriptSighting } from '../sites/script-seen.store';
import { SitesService } from '../sites/sites.service';
import type { Check, ChecklistView, CheckView } from './checklist.dto';

interface Firsts {
  readonly clicked: Date | null;
  readonly joined: Date | null;
  readonly accepted: Date | null;
  /** By pixel. */
  readonly accepted_by: readonly string[] | null;
}

/** What of a working site is there (product.md, V4): each point is looked up, and none is believed. */
@Injectable()
export class Checklist {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sites: SitesService,
    private readonly sightings: ScriptSeenStore,
    private readonly bots: BotsService,
    private readonly channels: ChannelsService,
    private readonly pixels: PixelsService,
    private readonly stock: LinkStock,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem 404 */
  async of(siteId: string): Promise<ChecklistView> {
    const site = await this.sites.get(siteId);
    const [sightings, allBots, allChannels, pixels, stock, firsts] = await Promise.all([
      this.sightings.of(siteId),
      this.bots.list(),
      this.channels.list(),
      this.pixels.list(siteId),
      this.stock.listIfThere(),
      this.firstsOf(siteId),
    ]);
    const channels = allChannels.filter(({ channel }) => isConfigured(channel) && channel.siteId === siteId);
    const used = new Set(channels.map(({ channel }) => channel.botId));
    const bots = used.size === 0 ? allBots : allBots.filter(({ bot }) => used.has(bot.botId));
    const at = (found: Date | null | undefined): string | null => found?.toISOString() ?? null;
    const items: CheckView[] = [
      check('script-seen', scriptFinding(sightings, site.allowedOrigins), at(sightings[0]?.seenAt)),
      check('bot-admin', botAdminFinding(allBots, allChannels, channels), null),
      check('webhook', webhookFinding(bots, this.clock.now()), at(latest(bots))),
      check('link-stock', stockFinding(channels, stock), null),
      check('pixel-token', tokenFinding(pixels, new Set(firsts.accepted_by ?? [])), null),
      check('first-click', clickFinding(firsts.clicked), at(firsts.clicked)),
      check('first-join', joinFinding(firsts.joined), at(firsts.joined)),
      check('first-accepted', acceptedFinding(firsts.accepted, pixels), at(firsts.accepted)),
    ];
    return { items, done: items.filter(({ state }) => state === 'ok').length };
  }

  /** Each by an index: the first rows, and no counting. */
  private async firstsOf(siteId: string): Promise<Firsts> {
    const rows: readonly Firsts[] = await this.dataSource.query(
      `SELECT
         (SELECT captured_at FROM click WHERE site_id = $1 ORDER BY captured_at LIMIT 1) AS clicked,
         (SELECT min(first.joined_at) FROM (
            (SELECT joined_at FROM "join" WHERE site_id = $1 ORDER BY joined_at, join_id LIMIT 1)
            UNION ALL
            (SELECT j.joined_at FROM channel c CROSS JOIN LATERAL (
               SELECT joined_at FROM "join" WHERE chat_id = c.chat_id ORDER BY joined_at, join_id LIMIT 1) AS j
              WHERE c.site_id = $1)) AS first) AS joined,
         (SELECT joined_at FROM delivery WHERE site_id = $1 AND state = 'accepted'
           ORDER BY joined_at, delivery_id LIMIT 1) AS accepted,
         (SELECT array_agg(p.pixel_id) FROM pixel p WHERE p.site_id = $1
             AND (EXISTS (SELECT 1 FROM delivery d WHERE d.pixel_id = p.pixel_id AND d.state = 'accepted')
               OR EXISTS (SELECT 1 FROM pixel_test t WHERE t.pixel_id = p.pixel_id))) AS accepted_by`,
      [siteId],
    );
    return rows[0] ?? { clicked: null, joined: null, accepted: null, accepted_by: null };
  }
}

const check = (name: Check, finding: Finding, at: string | null): CheckView => ({
  check: name,
  at,
  ...finding,
});

const latest = (bots: readonly BotWithCheck[]): Date | undefined =>
  bots
    .flatMap(({ check: { checkedAt } = {} }) => (checkedAt === undefined ? [] : [checkedAt]))
    .sort((one, other) => other.getTime() - one.getTime())[0];

function scriptFinding(sightings: readonly ScriptSighting[], allowed: readonly string[]): Finding {
  const details: FindingDetailView[] = sightings.map(({ origin, seenAt }) => ({
    kind: 'origin',
    id: origin,
    name: origin,
    state: allowed.includes(origin) ? 'ok' : 'warning',
    explanation: `Last seen ${seenAt.toISOString()}.`,
  }));
  if (sightings.length > 0)
    return {
      state: 'ok',
      title: 'Script seen',
      explanation: `The script ran on ${sightings[0]?.origin ?? ''}.`,
      advice: null,
      details,
    };
  return {
    state: 'waiting',
    title: 'Script not seen yet',
    explanation: 'Nobody has opened a landing page with the script so far.',
    advice:
      allowed.length === 0
        ? 'Enter the address of the landing page as allowed origin, copy the snippet into the page, then open the page once.'
        : 'Copy the snippet into the landing page, then open the page once. Without the script, plain links work as well.',
    details,
  };
}

function botAdminFinding(
  bots: readonly BotWithCheck[],
  known: readonly ChannelFacts[],
  channels: readonly ChannelFacts[],
): Finding {
  if (channels.length === 0) {
    const detected = known.find(({ channel }) => !isConfigured(channel));
    return {
      state: 'waiting',
      title: 'No channel yet',
      explanation:
        detected === undefined
          ? 'The bot is in no channel so far; a channel appears here by itself.'
          : `The bot is in ${detected.channel.title}, which is not set up yet.`,
      advice:
        detected === undefined
          ? bots.length === 0
            ? 'Add a bot first.'
            : 'Add the bot to the channel as administrator with the right to invite.'
          : 'Set the channel up for this site.',
      details: [],
    };
  }
  const details = channels.map(({ channel, bots: present }): FindingDetailView => {
    const bot = present.find(({ botId }) => botId === channel.botId);
    const subject = { kind: 'channel', id: channel.chatId, name: channel.title } as const;
    if (bot?.isAdmin !== true)
      return { ...subject, state: 'problem', explanation: 'The bot is no administrator of the channel.' };
    return bot.canInvite
      ? { ...subject, state: 'ok', explanation: 'The bot is an administrator with the right to invite.' }
      : {
          ...subject,
          state: 'problem',
          explanation: 'The bot is an administrator without the right to invite.',
        };
  });
  const state = worstOf(details.map((detail) => detail.state));
  return state === 'ok'
    ? {
        state,
        title: 'Bot is administrator',
        explanation: 'The bot may make invite links in every channel.',
        advice: null,
        details,
      }
    : {
        state,
        title: 'Bot lacks rights',
        explanation: details.find((detail) => detail.state === state)?.explanation ?? '',
        advice: 'In the channel: Administrators → the bot → allow “Invite users via link”.',
        details,
      };
}

function tokenFinding(pixels: readonly PixelWithState[], accepted: ReadonlySet<string>): Finding {
  const finding = pixelFinding(pixels);
  if (finding.state === 'problem' || pixels.length === 0) return finding;
  const tried = pixels.some(({ pixel, state }) => accepted.has(pixel.pixelId) || state?.state === 'active');
  if (tried)
    return finding.state === 'ok'
      ? { ...finding, title: 'Token accepted', explanation: 'TikTok took an event with the pixel’s token.' }
      : finding;
  return {
    ...finding,
    state: 'waiting',
    title: 'Token not tried yet',
    explanation: 'Nothing was sent with the pixel’s token so far.',
    advice: 'Send a test event: it checks the token at once.',
  };
}

const clickFinding = (first: Date | null): Finding =>
  first === null
    ? {
        state: 'waiting',
        title: 'No click yet',
        explanation: 'Nobody has clicked through to Telegram so far.',
        advice: 'Open the landing page and press the link to the channel, or open the click link itself.',
        details: [],
      }
    : {
        state: 'ok',
        title: 'First click seen',
        explanation: 'Visitors click through to Telegram.',
        advice: null,
        details: [],
      };

const joinFinding = (first: Date | null): Finding =>
  first === null
    ? {
        state: 'waiting',
        title: 'No join yet',
        explanation: 'Nobody has joined the channel so far.',
        advice: 'Join with an account that is not in the channel, through the link that the click gave.',
        details: [],
      }
    : { state: 'ok', title: 'First join seen', explanation: 'Joins come in.', advice: null, details: [] };

function acceptedFinding(first: Date | null, pixels: readonly PixelWithState[]): Finding {
  if (first !== null)
    return {
      state: 'ok',
      title: 'First event accepted',
      explanation: 'TikTok took a join as event: the loop is closed.',
      advice: null,
      details: [],
    };
  return {
    state: 'waiting',
    title: 'No event accepted yet',
    explanation: 'TikTok has not taken an event for a join so far.',
    advice:
      pixels.length === 0
        ? 'Add a pixel first.'
        : 'It follows an attributed join within seconds. If not, look at the deliveries.',
    details: [],
  };
}
