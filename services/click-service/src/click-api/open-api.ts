import { LINK_KINDS, SLUG, UUID } from '@clickjoin/contracts';
import { batchRequestSchema, clickRequestSchema } from './click-request.schema';

const json = (schema: object) => ({ 'application/json': { schema } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string, headers?: object) => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { 'application/problem+json': { schema: ref('Problem') } },
});
const retryAfter = {
  'Retry-After': { description: 'Seconds.', required: true, schema: { type: 'integer', minimum: 1 } },
};
const html = (description: string) => ({
  description,
  content: { 'text/html': { schema: { type: 'string' } } },
});

const refusals = {
  '400': problem('Not JSON, not UTF-8, or fields that are missing or invalid: `errors` names each.'),
  '401': problem('Neither a site key nor an origin, or a key that is not known.'),
  '403': problem('The origin is not on the site’s list, or this is not for browsers.'),
  '413': problem('The body is too large.'),
  '415': problem('The body is not application/json.'),
  '429': problem('Too many clicks from this address, or of this site.', retryAfter),
  '503': problem(
    'Not kept: too much under way, nothing to keep it in, no link, or just started. Send it again.',
    retryAfter,
  ),
};

const link = {
  type: 'string',
  format: 'uri',
  pattern: '^https://t\\.me/',
  description: 'Where to send the visitor.',
};

/** The public API of this service. A test holds requests, answers and routes against it. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Clickjoin: clicks',
    version: '1',
    description: 'Sends visitors into Telegram channels by links of their own, and keeps their ad clicks.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  paths: {
    '/v1/clicks': {
      post: {
        operationId: 'captureClick',
        summary: 'Keeps a click and gives its visitor a way into the channel',
        description:
          'From a browser: without key, from an origin on the site’s list, about the browser itself. From a server: with the site key, about `visitor`. ' +
          'A 2xx means that the click is safe. The same clickId gives the same link again, for 24 hours, at every instance; ' +
          'without one, the same visitor (address, browser, ttclid) gets the same link for ten minutes.',
        security: [{ siteKey: [] }, {}],
        requestBody: { required: true, content: json(ref('Click')) },
        responses: {
          '200': {
            description: 'A machine: no link was used, and nothing counted.',
            content: json(ref('NotCounted')),
          },
          '202': { description: 'The click is safe.', content: json(ref('Captured')) },
          ...refusals,
          '404': problem('The slug is no channel of this site.'),
          '409': problem('The clickId is that of another channel’s click.'),
        },
      },
    },
    '/v1/clicks/batch': {
      post: {
        operationId: 'captureClicks',
        summary: 'The same for up to 500 clicks, all or none; for servers',
        description: 'After a 503 some may be kept: send all of them again, and each is one click.',
        security: [{ siteKey: [] }],
        requestBody: { required: true, content: json(ref('Batch')) },
        responses: {
          '202': {
            description: 'All are safe. The answers stand in the order of the clicks.',
            content: json(ref('CapturedBatch')),
          },
          ...refusals,
          '409': problem('A clickId is that of another channel’s click.'),
        },
      },
    },
    '/v1/openapi.json': {
      get: {
        operationId: 'openApi',
        summary: 'This document',
        responses: { '200': { description: 'OpenAPI 3.1', content: json({ type: 'object' }) } },
      },
    },
    '/t.js': {
      get: {
        operationId: 'tracker',
        summary: 'The script for landing pages',
        responses: {
          '200': {
            description: 'JavaScript, cacheable for an hour.',
            content: { 'text/javascript': { schema: { type: 'string' } } },
          },
          '304': { description: 'Not changed.' },
          '503': problem('Not built here.'),
        },
      },
    },
    '/v1/tracker/{siteId}': {
      get: {
        operationId: 'trackerSettings',
        summary: 'What the script may do on a site’s pages',
        parameters: [
          { name: 'siteId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
        ],
        responses: {
          '200': {
            description: 'Cacheable for two minutes.',
            content: json({
              type: 'object',
              required: ['isEnabled', 'keepDays', 'needsConsent', 'respectsDoNotTrack', 'channels'],
              properties: {
                isEnabled: { type: 'boolean' },
                keepDays: { type: 'integer' },
                needsConsent: { type: 'boolean' },
                respectsDoNotTrack: { type: 'boolean' },
                channels: {
                  type: 'array',
                  items: {
                    type: 'object',
                    required: ['slug', 'hrefs'],
                    properties: {
                      slug: { type: 'string' },
                      hrefs: { type: 'array', items: { type: 'string' } },
                    },
                  },
                },
              },
            }),
          },
          '404': problem('There is no such site.'),
          '503': problem('Just started.', retryAfter),
        },
      },
    },
    '/c/{slug}': {
      get: {
        operationId: 'redirect',
        summary: 'Leads a visitor into the channel',
        parameters: [
          { name: 'slug', in: 'path', required: true, schema: { type: 'string', pattern: SLUG.source } },
          ...[
            ['ttclid', 'The ad click.'],
            ['utm_source', ''],
            ['utm_medium', ''],
            ['utm_campaign', ''],
            ['utm_content', ''],
            ['utm_term', ''],
            ['url', 'The landing page, with its query; `lp` is the same. Without it the Referer is.'],
            ['ref', 'What led to the landing page.'],
            ['ttp', 'TikTok’s `_ttp` cookie.'],
          ].map(([name, description]) => ({
            name,
            in: 'query',
            description,
            schema: { type: 'string' },
          })),
        ],
        responses: {
          '200': html('For machines (HEAD, previews, crawlers): what is here.'),
          '302': {
            description: 'To Telegram.',
            headers: { Location: { required: true, schema: link } },
          },
          '404': html('There is no such channel.'),
          '425': html('For prefetches: come again at the click.'),
          '503': { ...html('No way in yet.'), headers: retryAfter },
        },
      },
    },
  },
  components: {
    securitySchemes: {
      siteKey: { type: 'http', scheme: 'bearer', description: 'The secret key of the site, for servers.' },
    },
    schemas: {
      Click: clickRequestSchema,
      Batch: batchRequestSchema,
      Captured: {
        type: 'object',
        additionalProperties: false,
        required: ['counted', 'clickId', 'link', 'linkKind'],
        properties: {
          counted: { const: true },
          clickId: { type: 'string', format: 'uuid', pattern: UUID.source },
          link,
          linkKind: {
            enum: LINK_KINDS,
            description: 'Joins can be attributed to clicks of kind stock, caller and bot-start.',
          },
        },
      },
      NotCounted: {
        type: 'object',
        additionalProperties: false,
        required: ['counted', 'link'],
        properties: {
          counted: { const: false },
          link: { anyOf: [link, { type: 'null' }] },
        },
      },
      CapturedBatch: {
        type: 'object',
        additionalProperties: false,
        required: ['clicks'],
        properties: {
          clicks: { type: 'array', items: { anyOf: [ref('Captured'), ref('NotCounted')] } },
        },
      },
      Problem: {
        type: 'object',
        required: ['type', 'title', 'status'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          errors: {
            type: 'array',
            items: {
              type: 'object',
              required: ['field', 'message'],
              properties: {
                field: { type: 'string', description: 'Path of the field: `clicks.3.slug`.' },
                message: { type: 'string' },
              },
            },
          },
        },
      },
    },
  },
} as const;
