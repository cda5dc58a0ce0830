import { createHash, randomBytes } from 'node:crypto';
import { newClickId, type ClickCaptured } from '@clickjoin/contracts';

/** What a peer is told by its environment. */
export const peerEnv = () => {
  const { PORT = '0', KAFKA_BROKERS = '', TOPIC = '', SITE_KEY = '' } = process.env;
  return { port: Number(PORT), brokers: KAFKA_BROKERS.split(','), topic: TOPIC, siteKey: SITE_KEY };
};

/** A link of the stock. The peers have theirs in memory from the beginning: no database, no leases. */
export interface Link {
  readonly url: string;
  readonly linkKey: string;
}

export function linkStock(): () => Link {
  // Made in portions, since a million at the start would be a minute's wait.
  let links: Link[] = [];
  return () => {
    if (links.length === 0) {
      links = Array.from({ length: 1_000 }, () => {
        const code = randomBytes(12).toString('base64url');
        return {
          url: `https://t.me/+${code}`,
          linkKey: createHash('sha256').update(code).digest('hex'),
        };
      });
    }
    return links.pop() as Link;
  };
}

export interface ClickBody {
  readonly slug: string;
  readonly ttclid?: string;
  readonly utm?: object;
  readonly url?: string;
  readonly referrer?: string;
  readonly visitor?: { readonly ip?: string; readonly userAgent?: string };
}

/** The same record as ours: what consumers of the topic are promised. */
export function recordOf(body: ClickBody, { linkKey }: Link) {
  const click: ClickCaptured = {
    clickId: newClickId(),
    siteId: '01890000-0000-7000-8000-000000000001',
    chatId: '-1001234567890',
    slug: body.slug,
    linkKind: 'stock',
    linkKey,
    capturedAt: new Date().toISOString(),
    ad: {
      ...(body.ttclid === undefined ? {} : { ttclid: body.ttclid }),
      ...(body.utm === undefined ? {} : { utm: body.utm }),
    },
    page: {
      ...(body.url === undefined ? {} : { url: body.url }),
      ...(body.referrer === undefined ? {} : { referrer: body.referrer }),
    },
    visitor: { ...body.visitor },
  };
  return {
    clickId: click.clickId,
    key: linkKey,
    value: Buffer.from(JSON.stringify(click)),
    headers: {
      ce_specversion: '1.0',
      ce_id: click.clickId,
      ce_type: 'tracking.click-captured.v1',
      ce_source: 'peer',
      ce_time: click.capturedAt,
      'content-type': 'application/json',
      traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    },
  };
}
