import { createHash, randomUUID } from 'node:crypto';
import {
  encode,
  joinIdOf,
  topics,
  type ClickCaptured,
  type JoinReceived,
  type OutboundRecord,
} from '@clickjoin/contracts';

const CHAT_ID = '-1002147483648';
const SITE_ID = '0195f3a0-0000-7000-8000-000000000001';
const USER_AGENT =
  'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36 trill_400304';
/** As long as TikTok's: it is most of an event. */
const TTCLID_TAIL = 'Q0hBTkdFTUVfSU5WRU5URURf'.repeat(6);

/** Of ten visitors eight come by the link of their click, one by a link that nobody clicked, one without any. */
export type Visit = 'by the link' | 'by an unknown link' | 'without a link';
export const visitOf = (n: number): Visit => {
  if (n % 10 < 8) return 'by the link';
  return n % 10 === 8 ? 'by an unknown link' : 'without a link';
};

/** An invented visitor: one click and one join. Numbers make them all different. */
export class Visitor {
  readonly linkKey: string;
  readonly clickId = randomUUID();
  readonly telegramUserId: string;
  readonly joinId: string;
  private readonly joinedAtSeconds: number;

  /** @param run visitors of different runs have nothing in common */
  constructor(
    readonly n: number,
    run: string,
    private readonly visit: Visit = visitOf(n),
    private readonly nowMs = Date.now(),
  ) {
    this.linkKey = createHash('sha256').update(`${run} ${n}`).digest('hex');
    this.telegramUserId = String(5_000_000_000 + n);
    this.joinedAtSeconds = Math.floor(nowMs / 1_000) + 20;
    this.joinId = joinIdOf(CHAT_ID, this.telegramUserId, this.joinedAtSeconds);
  }

  get converts(): boolean {
    return this.visit === 'by the link';
  }

  click(): OutboundRecord {
    const ttclid = `E.C.P.${this.n}.${TTCLID_TAIL}`;
    const event: ClickCaptured = {
      clickId: this.clickId,
      siteId: SITE_ID,
      chatId: CHAT_ID,
      slug: 'acme',
      linkKind: 'stock',
      linkKey: this.linkKey,
      capturedAt: new Date(this.nowMs).toISOString(),
      ad: { ttclid, utm: { source: 'tiktok', campaign: 'spring' } },
      page: { url: `https://acme.example/join?utm_source=tiktok&ttclid=${ttclid}` },
      visitor: { ip: '203.0.113.9', userAgent: USER_AGENT, ttp: '01JNVENTED0000000000000000' },
    };
    return encode(topics.clickCaptured, event, { source: 'click-service' });
  }

  join(): OutboundRecord {
    const event: JoinReceived = {
      joinId: this.joinId,
      botId: '7234567890',
      chatId: CHAT_ID,
      chat: { type: 'channel', title: 'Acme Private', isPublic: false },
      joinedAt: new Date(this.joinedAtSeconds * 1_000).toISOString(),
      route: this.visit === 'without a link' ? 'direct' : 'invite-link',
      ...(this.visit === 'without a link'
        ? {}
        : { link: { isOwn: true, key: this.joinedLinkKey(), createsJoinRequest: false } }),
      person: { telegramUserId: this.telegramUserId },
    };
    return encode(topics.joinReceived, event, { source: 'join-service' });
  }

  private joinedLinkKey(): string {
    if (this.visit === 'by the link') return this.linkKey;
    return createHash('sha256').update(`unclicked ${this.linkKey}`).digest('hex');
  }
}
