import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_EVENT_TYPE,
  EVENT_TYPES,
  WIRE_FORMATS,
  type ConversionAttributed,
  type WireFormat,
} from '@clickjoin/contracts';
import { buildEvent, type ChannelFacts, type PixelFacts, type RequestWarning } from './build-event';
import { bareConversion, fullChannel, fullConversion, pixelOf } from './invented-facts.fixture';
import { writeRequest } from './write-request';

const GOLDEN = join(__dirname, 'golden');

interface Golden {
  readonly path: string;
  readonly eventName: string;
  readonly body: object;
}

const golden = (file: string): Golden => JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as Golden;

/** A request with this event alone. */
interface Built {
  readonly wireFormat: WireFormat;
  readonly path: string;
  readonly eventName: string;
  readonly body: string;
  readonly warnings: readonly RequestWarning[];
}

function built(conversion: ConversionAttributed, channel: ChannelFacts, pixel: PixelFacts): Built {
  const result = buildEvent(conversion, channel, pixel);
  if (!result.ok) throw new Error(result.explanation);
  const { event, warnings } = result;
  return {
    wireFormat: event.wireFormat,
    eventName: event.eventName,
    ...writeRequest([event]),
    warnings,
  };
}

/** The fields that the tests below look at, wherever the wire format has them. */
interface Sent {
  readonly event_id: string;
  readonly external_id: string;
  readonly ttclid: string | undefined;
  readonly user_agent: string | undefined;
  readonly properties: object;
}

interface Body1 {
  readonly event_id: string;
  readonly context: {
    readonly ad?: { readonly callback: string };
    readonly user: { readonly external_id: string };
    readonly user_agent?: string;
  };
  readonly properties: object;
}

interface Body2 {
  readonly data: readonly [
    {
      readonly event_id: string;
      readonly user: {
        readonly external_id: string;
        readonly ttclid?: string;
        readonly user_agent?: string;
      };
      readonly properties: object;
    },
  ];
}

function sentIn({ wireFormat, body }: Built): Sent {
  if (wireFormat === '1.0') {
    const { event_id, context, properties } = JSON.parse(body) as Body1;
    const { ad, user, user_agent } = context;
    return { event_id, external_id: user.external_id, ttclid: ad?.callback, user_agent, properties };
  }
  const { event_id, user, properties } = (JSON.parse(body) as Body2).data[0];
  return {
    event_id,
    external_id: user.external_id,
    ttclid: user.ttclid,
    user_agent: user.user_agent,
    properties,
  };
}

interface Case {
  readonly file: string;
  readonly conversion: ConversionAttributed;
  readonly channel: ChannelFacts;
  readonly pixel: PixelFacts;
  readonly warnings?: readonly RequestWarning[];
}

const cases: Case[] = WIRE_FORMATS.flatMap((wireFormat): Case[] => [
  ...EVENT_TYPES.map((eventType) => ({
    file: `${eventType}.${wireFormat}.json`,
    conversion: fullConversion,
    channel: {
      ...fullChannel,
      eventType,
      ...(eventType === 'Custom' ? { customEventName: 'VIP_join' } : {}),
    },
    pixel: pixelOf(wireFormat),
  })),
  {
    file: `bare-facts.${wireFormat}.json`,
    conversion: bareConversion,
    channel: { eventType: 'CompleteRegistration' as const },
    pixel: pixelOf(wireFormat),
  },
  {
    file: `test-event.${wireFormat}.json`,
    conversion: fullConversion,
    channel: fullChannel,
    pixel: pixelOf(wireFormat, 'TEST12345'),
  },
  {
    file: `page-without-referrer.${wireFormat}.json`,
    conversion: { ...fullConversion, page: { url: 'https://brew.example/?a=1&b=%20x#top' }, visitor: {} },
    channel: fullChannel,
    pixel: pixelOf(wireFormat),
  },
  {
    file: `ttp-alone.${wireFormat}.json`,
    conversion: { ...bareConversion, visitor: { ttp: '2Yx0aBcDeFgHiJkLmNoPqRsTuVw' } },
    channel: fullChannel,
    pixel: pixelOf(wireFormat),
  },
  {
    file: `ttclid-1000.${wireFormat}.json`,
    conversion: { ...bareConversion, ad: { ttclid: `E.C.P.${'x'.repeat(994)}` } },
    channel: fullChannel,
    pixel: pixelOf(wireFormat),
  },
  {
    file: `ttclid-1001.${wireFormat}.json`,
    conversion: { ...bareConversion, ad: { ttclid: `E.C.P.${'x'.repeat(995)}` } },
    channel: fullChannel,
    pixel: pixelOf(wireFormat),
    warnings: ['ttclid-too-long'],
  },
  {
    file: `channel-by-default.${wireFormat}.json`,
    conversion: fullConversion,
    channel: { eventType: DEFAULT_EVENT_TYPE },
    pixel: pixelOf(wireFormat),
  },
]);

describe('buildEvent', () => {
  // The golden files are the contract: TikTok's dedup and our users' campaigns hang on these bytes.
  it.each(cases)('gives the bytes of golden/$file', ({ file, conversion, channel, pixel, warnings = [] }) => {
    const { path, eventName, body } = golden(file);
    expect(built(conversion, channel, pixel)).toEqual({
      wireFormat: pixel.wireFormat,
      path,
      eventName,
      body: JSON.stringify(body),
      warnings,
    });
  });

  it('has a case for each golden file', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(cases.map(({ file }) => file).sort());
  });

  it.each(WIRE_FORMATS)('dedupes by adtarget_<conversionId> in %s', (wireFormat) => {
    const sent = sentIn(built(fullConversion, fullChannel, pixelOf(wireFormat)));
    expect(sent.event_id).toBe('adtarget_0d0c5f7e-4a39-5d52-9f0e-6f6d0f1b7a01');
  });

  // The vectors of reference/telegram-bot-api.md §6.
  it.each([
    { id: '123456789', hash: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225' },
    { id: '7000000001', hash: 'f2aee6a0738c354a7ce6fa9a9694c6c11ccd0a0c7e170b41cf8e330734dbb414' },
    { id: '4503599627370495', hash: '43375797e8c84c60ae22510d0057d3243fb77196f82f202e5411d228cbb9ea99' },
  ])('sends the SHA-256 of Telegram user $id', ({ id, hash }) => {
    const conversion = { ...fullConversion, person: { telegramUserId: id } };
    for (const wireFormat of WIRE_FORMATS) {
      expect(sentIn(built(conversion, fullChannel, pixelOf(wireFormat))).external_id).toBe(hash);
    }
  });

  it.each(WIRE_FORMATS)('sends a ttclid of 1,000 characters whole in %s', (wireFormat) => {
    const ttclid = `E.C.P.${'x'.repeat(994)}`;
    const { body, warnings } = built(
      { ...fullConversion, ad: { ttclid }, page: {} },
      fullChannel,
      pixelOf(wireFormat),
    );
    expect(body).toContain(`"${ttclid}"`);
    expect(warnings).toEqual([]);
  });

  it.each(WIRE_FORMATS)('drops a longer ttclid, with a warning, and never cuts it, in %s', (wireFormat) => {
    const ttclid = `E.C.P.${'x'.repeat(995)}`;
    const { body, warnings } = built(
      { ...fullConversion, ad: { ttclid }, page: {} },
      fullChannel,
      pixelOf(wireFormat),
    );
    expect(body).not.toContain('E.C.P.');
    expect(body).not.toMatch(/callback|ttclid/);
    expect(warnings).toEqual(['ttclid-too-long']);
  });

  it.each(WIRE_FORMATS)('keeps a private address to itself in %s', (wireFormat) => {
    const conversion = { ...fullConversion, visitor: { ip: '192.168.1.20' } };
    const { body, warnings } = built(conversion, fullChannel, pixelOf(wireFormat));
    expect(body).not.toContain('192.168.1.20');
    expect(body).not.toContain('"ip"');
    expect(warnings).toEqual(['ip-not-public']);
  });

  it.each(WIRE_FORMATS)('leaves a page out that is no web address, in %s', (wireFormat) => {
    for (const url of ['/join?ttclid=x', 'javascript:alert(1)', 'https://', 'brew.example/join']) {
      const { body, warnings } = built(
        { ...fullConversion, page: { url } },
        fullChannel,
        pixelOf(wireFormat),
      );
      expect(body).not.toContain('"page"');
      expect(warnings).toEqual(['page-not-a-url']);
    }
  });

  it.each(WIRE_FORMATS)('sends nothing empty in %s', (wireFormat) => {
    const blank = {
      ...fullConversion,
      chat: { ...fullConversion.chat, title: ' ' },
      ad: { ttclid: '' },
      page: { url: '', referrer: 'https://www.tiktok.com/' },
      visitor: { ip: '', userAgent: '  ', ttp: '' },
    };
    const { body, warnings } = built(blank, { eventType: 'Lead', contentName: '' }, pixelOf(wireFormat, ''));
    expect(body).not.toMatch(/null|""|" +"|\{\}|\[\]/);
    // A page is only sent with its URL.
    expect(body).not.toContain('page');
    expect(warnings).toEqual([]);
  });

  it.each(WIRE_FORMATS)('says a value of 0 in %s, since that is a value', (wireFormat) => {
    const sent = sentIn(built(fullConversion, { eventType: 'Purchase', value: 0 }, pixelOf(wireFormat)));
    expect(sent.properties).toEqual({ value: 0, currency: 'USD', content_name: 'Morning Brew Club' });
  });

  it('refuses to guess the name of a custom event', () => {
    expect(buildEvent(fullConversion, { eventType: 'Custom' }, pixelOf('1.0'))).toEqual({
      ok: false,
      explanation: expect.stringContaining('has no name'),
    });
  });

  it.each(WIRE_FORMATS)(
    'leaves user agent and ttclid as they were, quotes, case, spaces and all, in %s',
    (wireFormat) => {
      const odd = {
        ...fullConversion,
        ad: { ttclid: 'E.C.P.aB%2F+ c"\\ü' },
        visitor: { userAgent: ' Mozilla "odd"\t\\ ' },
      };
      const sent = sentIn(built(odd, fullChannel, pixelOf(wireFormat)));
      expect(sent.ttclid).toBe(odd.ad.ttclid);
      expect(sent.user_agent).toBe(odd.visitor.userAgent);
    },
  );
});
