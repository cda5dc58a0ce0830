import {
  DEFAULT_CURRENCY,
  externalIdOf,
  TTCLID_MAX_LENGTH,
  tiktokEventIdOf,
  tiktokEventName,
  type ChannelConfigured,
  type ConversionAttributed,
  type PixelConfigured,
  type WireFormat,
} from '@clickjoin/contracts';
import { isPublicAddress } from './public-address';

/** Something known of the visitor that TikTok does not get, since it would do harm there. */
export type RequestWarning = 'ttclid-too-long' | 'ip-not-public' | 'page-not-a-url';

/** One event as it goes to TikTok. Frozen at the first attempt: all attempts send these bytes. */
export interface FrozenEvent {
  readonly wireFormat: WireFormat;
  readonly pixelCode: string;
  readonly eventName: string;
  /** The event's own JSON, which stands as it is in a request of one event and in a batch. */
  readonly eventJson: string;
  /** With it the event is shown in Events Manager and not counted, and travels alone. */
  readonly testEventCode: string | undefined;
}

export type BuiltEvent =
  | { readonly ok: true; readonly event: FrozenEvent; readonly warnings: readonly RequestWarning[] }
  /** The settings don't say what to send; in words for the one who can fix them. */
  | { readonly ok: false; readonly explanation: string };

const CHANNEL_FACTS = ['eventType', 'customEventName', 'value', 'currency', 'contentName'] as const;
export type ChannelFacts = Pick<ChannelConfigured, (typeof CHANNEL_FACTS)[number]>;
/** What a channel says of its events, as JSON and nothing else of it; kept with each delivery that is queued. */
export const writeChannel = (channel: ChannelFacts): string => JSON.stringify(channel, [...CHANNEL_FACTS]);

export type PixelFacts = Pick<PixelConfigured, 'pixelCode' | 'wireFormat' | 'testEventCode'>;

/**
 * The event as TikTok gets it: product.md's table in the pixel's wire format (reference/tiktok-events-api.md §2).
 * Pure, and without clock: the same facts give the same bytes.
 * @param channel never a guess: what is counted under a wrong name or without its value can't be taken back
 */
export function buildEvent(
  conversion: ConversionAttributed,
  channel: ChannelFacts,
  pixel: PixelFacts,
): BuiltEvent {
  const eventName = tiktokEventName(channel.eventType, channel.customEventName);
  if (eventName === undefined) {
    return { ok: false, explanation: 'The channel reports a custom event, but the event has no name.' };
  }
  const { facts, warnings } = factsOf(conversion, channel, eventName);
  return {
    ok: true,
    event: {
      wireFormat: pixel.wireFormat,
      pixelCode: pixel.pixelCode,
      eventName,
      eventJson: JSON.stringify(WRITERS[pixel.wireFormat](facts)),
      testEventCode: present(pixel.testEventCode),
    },
    warnings,
  };
}

/** All that either format can say. An undefined field is left out of the JSON: nothing empty is ever sent. */
interface Facts {
  readonly eventName: string;
  readonly eventId: string;
  readonly joinedAt: string;
  readonly ttclid: string | undefined;
  readonly externalId: string;
  readonly ttp: string | undefined;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly page: { readonly url: string; readonly referrer: string | undefined } | undefined;
  readonly properties: {
    readonly value: number | undefined;
    readonly currency: string;
    readonly content_name: string | undefined;
  };
}

function factsOf(
  conversion: ConversionAttributed,
  channel: ChannelFacts,
  eventName: string,
): { facts: Facts; warnings: RequestWarning[] } {
  const warnings: RequestWarning[] = [];
  const keep = (value: string | undefined, isFit: boolean, warning: RequestWarning): string | undefined => {
    if (value === undefined || isFit) return value;
    warnings.push(warning);
    return undefined;
  };
  const ttclid = present(conversion.ad.ttclid);
  const ip = present(conversion.visitor.ip);
  const pageUrl = present(conversion.page.url);
  // Anybody can put anything into a link; a page that is no URL would cost the whole event.
  const url = keep(pageUrl, pageUrl !== undefined && isWebAddress(pageUrl), 'page-not-a-url');
  const facts: Facts = {
    eventName,
    eventId: tiktokEventIdOf(conversion.conversionId),
    joinedAt: conversion.joinedAt,
    ttclid: keep(ttclid, ttclid !== undefined && ttclid.length <= TTCLID_MAX_LENGTH, 'ttclid-too-long'),
    externalId: externalIdOf(conversion.person.telegramUserId),
    ttp: present(conversion.visitor.ttp),
    ip: keep(ip, ip !== undefined && isPublicAddress(ip), 'ip-not-public'),
    userAgent: present(conversion.visitor.userAgent),
    // A page without its URL is refused by 2.0.
    page: url === undefined ? undefined : { url, referrer: present(conversion.page.referrer) },
    properties: {
      value: channel.value,
      // Also without a value: the product's contract says that the currency is always there.
      currency: channel.currency ?? DEFAULT_CURRENCY,
      content_name: present(channel.contentName) ?? present(conversion.chat.title),
    },
  };
  return { facts, warnings };
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** The text as it was, unless there is nothing in it. */
const present = (text: string | undefined): string | undefined => (text?.trim() ? text : undefined);

const WRITERS: Readonly<Record<WireFormat, (facts: Facts) => object>> = {
  '1.0': (facts) => ({
    event: facts.eventName,
    event_id: facts.eventId,
    timestamp: facts.joinedAt,
    context: {
      ad: facts.ttclid === undefined ? undefined : { callback: facts.ttclid },
      page: facts.page,
      user: { external_id: facts.externalId, ttp: facts.ttp },
      ip: facts.ip,
      user_agent: facts.userAgent,
    },
    properties: facts.properties,
  }),
  '2.0': (facts) => ({
    event: facts.eventName,
    // Whole seconds: milliseconds or a text are dated wrongly, without an error.
    event_time: Math.floor(Date.parse(facts.joinedAt) / 1000),
    event_id: facts.eventId,
    user: {
      ttclid: facts.ttclid,
      external_id: facts.externalId,
      ttp: facts.ttp,
      ip: facts.ip,
      user_agent: facts.userAgent,
    },
    page: facts.page,
    properties: facts.properties,
  }),
};
