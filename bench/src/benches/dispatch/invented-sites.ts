import { randomBytes, randomUUID } from 'node:crypto';
import {
  conversionIdOf,
  encode,
  joinIdOf,
  parseSecretKeys,
  sealSecret,
  secretRecords,
  tiktokEventIdOf,
  topics,
  type ConversionAttributed,
  type OutboundRecord,
} from '@clickjoin/contracts';

const SOURCE = { source: 'bench' };
const SETTINGS = { version: 1, configuredAt: '2026-01-01T00:00:00.000Z' };
const USER_AGENT =
  'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36 trill_400304';
/** As long as TikTok's: it is most of an event. */
const TTCLID_TAIL = 'Q0hBTkdFTUVfSU5WRU5URURf'.repeat(6);

export const newSecretKeys = (): string => `bench:${randomBytes(32).toString('base64')}`;

/** A conversion that is to be reported, as it lies in the log. */
export interface InventedConversion {
  readonly conversionId: string;
  /** By what TikTok knows it. */
  readonly eventId: string;
  readonly record: OutboundRecord;
}

let people = 6_000_000_000;
let chats = 3_000_000_000;

/** An invented site with one channel and one pixel, whose token is its own. */
export class InventedSite {
  readonly siteId = randomUUID();
  readonly pixelId = randomUUID();
  readonly pixelCode = `PX${randomBytes(9).toString('hex').toUpperCase()}`;
  private readonly chatId = `-100${chats++}`;
  private readonly chat = { type: 'channel' as const, title: 'Acme Private', isPublic: false };

  /** @param travelsAlone each event in a request of its own: TikTok's test events do */
  constructor(private readonly travelsAlone = false) {}

  settings(secretKeys: string): OutboundRecord[] {
    const { siteId, pixelId, pixelCode, chatId, chat } = this;
    const accessToken = sealSecret(
      parseSecretKeys(secretKeys),
      secretRecords.pixelAccessToken(pixelId),
      `bench_token_of_${pixelCode}`,
    );
    return [
      encode(
        topics.pixel,
        {
          ...SETTINGS,
          pixelId,
          siteId,
          name: 'Acme',
          pixelCode,
          accessToken,
          wireFormat: '1.0',
          isPaused: false,
          ...(this.travelsAlone ? { testEventCode: 'TEST4711' } : {}),
        },
        SOURCE,
      ),
      encode(
        topics.channel,
        {
          ...SETTINGS,
          chatId,
          siteId,
          botId: '7234567890',
          slug: 'acme',
          chat,
          eventType: 'CompleteRegistration',
        },
        SOURCE,
      ),
    ];
  }

  /** Somebody who has just joined. */
  conversion(): InventedConversion {
    const n = people++;
    const joinedAtSeconds = Math.floor(Date.now() / 1_000);
    const joinId = joinIdOf(this.chatId, String(n), joinedAtSeconds);
    const ttclid = `E.C.P.${n}.${TTCLID_TAIL}`;
    const event: ConversionAttributed = {
      conversionId: conversionIdOf(joinId),
      joinId,
      clickId: randomUUID(),
      siteId: this.siteId,
      chatId: this.chatId,
      chat: this.chat,
      method: 'invite-link',
      joinedAt: new Date(joinedAtSeconds * 1_000).toISOString(),
      clickedAt: new Date(joinedAtSeconds * 1_000 - 20_000).toISOString(),
      clickAgeMs: 20_000,
      ad: { ttclid, utm: { source: 'tiktok', campaign: 'spring' } },
      page: { url: `https://acme.example/join?utm_source=tiktok&ttclid=${ttclid}` },
      visitor: { ip: '203.0.113.9', userAgent: USER_AGENT, ttp: '01JNVENTED0000000000000000' },
      person: { telegramUserId: String(n) },
    };
    return {
      conversionId: event.conversionId,
      eventId: tiktokEventIdOf(event.conversionId),
      record: encode(topics.conversionAttributed, event, SOURCE),
    };
  }
}

/** So many, spread over the sites. */
export const conversionsOf = (sites: readonly InventedSite[], count: number): InventedConversion[] =>
  Array.from({ length: Math.ceil(count / sites.length) }, () => sites.map((site) => site.conversion()))
    .flat()
    .slice(0, count);
