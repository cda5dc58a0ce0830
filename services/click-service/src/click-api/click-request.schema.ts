import { SLUG, UUID } from '@clickjoin/contracts';
import { LIMITS } from '../capture/landing-facts';

/** As many as the spool and the claims of clickIds write in one statement. */
export const MOST_IN_BATCH = 500;

const text = (maxLength: number, description: string) =>
  ({ type: 'string', maxLength, description }) as const;

const utm = {
  type: 'object',
  additionalProperties: false,
  description: 'What is missing is taken from the query of `url`.',
  properties: {
    source: text(LIMITS.utm, 'utm_source'),
    medium: text(LIMITS.utm, 'utm_medium'),
    campaign: text(LIMITS.utm, 'utm_campaign'),
    content: text(LIMITS.utm, 'utm_content'),
    term: text(LIMITS.utm, 'utm_term'),
  },
} as const;

const visitor = {
  type: 'object',
  additionalProperties: false,
  description: "For servers: whom the call is about. A browser's call is about the browser itself.",
  properties: {
    ip: { type: 'string', maxLength: 45, description: 'IPv4 or IPv6, as the landing page saw it.' },
    userAgent: text(LIMITS.userAgent, 'As the landing page got it.'),
  },
} as const;

const properties = {
  slug: { type: 'string', pattern: SLUG.source, description: 'Of the channel: `/c/<slug>`.' },
  siteId: {
    type: 'string',
    format: 'uuid',
    pattern: UUID.source,
    description: 'The public site id. Browsers must send it; for servers the key says it.',
  },
  clickId: {
    type: 'string',
    format: 'uuid',
    pattern: UUID.source,
    description:
      'Of your making (UUIDv7, lower case). The same id gives the same link again for 24 hours, and is one click.',
  },
  ttclid: text(LIMITS.ttclid, 'Whole, as TikTok put it into the landing URL. Missing: taken from `url`.'),
  utm,
  url: {
    ...text(LIMITS.url, 'The landing page with its query.'),
    pattern: '^(?:[Hh][Tt][Tt][Pp][Ss]?://.*)?$',
  },
  referrer: {
    ...text(LIMITS.referrer, 'What led to the landing page.'),
    pattern: '^(?:[Hh][Tt][Tt][Pp][Ss]?://.*)?$',
  },
  ttp: text(LIMITS.ttp, "TikTok's `_ttp` cookie."),
  visitor,
  inviteLink: {
    type: 'string',
    maxLength: 200,
    description:
      "For servers: an invite link of your own for this one visitor, made by the channel's bot. Without it Clickjoin gives one.",
  },
} as const;

export const clickRequestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['slug'],
  properties,
} as const;

export const batchRequestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['clicks'],
  properties: {
    clicks: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_IN_BATCH,
      description: 'Each with a clickId of your making, so that the whole batch can be sent again.',
      items: { ...clickRequestSchema, required: ['slug', 'clickId'] },
    },
  },
} as const;

/** What the schema above lets through. */
export interface ClickRequest {
  readonly slug: string;
  readonly siteId?: string;
  readonly clickId?: string;
  readonly ttclid?: string;
  readonly utm?: Readonly<Partial<Record<keyof typeof utm.properties, string>>>;
  readonly url?: string;
  readonly referrer?: string;
  readonly ttp?: string;
  readonly visitor?: { readonly ip?: string; readonly userAgent?: string };
  readonly inviteLink?: string;
}

export interface BatchRequest {
  readonly clicks: readonly ClickRequest[];
}
