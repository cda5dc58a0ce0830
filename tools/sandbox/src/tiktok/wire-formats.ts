import {
  eventName,
  flag,
  hashed,
  integer,
  ip,
  isoTime,
  list,
  number,
  oneOf,
  problem,
  record,
  text,
  ttclid,
  unixSeconds,
  url,
  type Check,
} from './checks';
import { CURRENCIES } from './currencies';
import { CODE } from './return-codes';

const LARGEST_1_0_BATCH = 50;
const LARGEST_2_0_REQUEST = 1000;

/** Not for us: only registered partners may name themselves. */
const partnerName: Check = (_value, path, { strict }) =>
  strict ? problem(path, 'Invalid partner name.', CODE.invalidPartnerName) : undefined;

const contents = list(
  record(
    {
      content_id: text,
      content_name: text,
      content_category: text,
      content_type: text,
      brand: text,
      price: number,
      quantity: number,
    },
    { open: true },
  ),
  { min: 0, max: 1000 },
);

const properties = record(
  {
    value: number,
    currency: oneOf(CURRENCIES),
    content_name: text,
    content_type: text,
    content_ids: list(text, { min: 0, max: 1000 }),
    contents,
    num_items: integer,
    description: text,
    query: text,
    search_string: text,
    order_id: text,
    shop_id: text,
    status: text,
  },
  { open: true, elsewhere: { ttclid: 'no property: see the reference for its place' } },
);

const page = record({ url, referrer: text });

const context = record(
  {
    ad: record({ callback: ttclid }, { elsewhere: { ttclid: 'context.ad.callback' } }),
    page,
    user: record(
      { external_id: hashed, email: hashed, phone_number: hashed, ttp: text },
      {
        elsewhere: {
          ttclid: 'context.ad.callback',
          phone: 'context.user.phone_number',
          ip: 'context.ip',
          user_agent: 'context.user_agent',
        },
      },
    ),
    ip,
    user_agent: text,
  },
  { elsewhere: { ttclid: 'context.ad.callback', callback: 'context.ad.callback' } },
);

const event1_0 = { event: eventName, event_id: text, timestamp: isoTime, context, properties };

const elsewhere1_0 = {
  ttclid: 'context.ad.callback',
  event_time: 'timestamp',
  event_source_id: 'pixel_code',
  event_source: 'implied',
  data: 'the body itself, or batch',
  user: 'context.user',
  page: 'context.page',
  ad: 'context.ad',
};

/** Events API 1.0, one event: POST /pixel/track/. */
export const pixelTrack: Check = record(
  { pixel_code: text, test_event_code: text, partner_name: partnerName, ...event1_0 },
  { required: ['pixel_code', 'event'], elsewhere: elsewhere1_0 },
);

/** Events API 1.0, up to 50 events: POST /pixel/batch/. */
export const pixelBatch: Check = record(
  {
    pixel_code: text,
    test_event_code: text,
    partner_name: partnerName,
    batch: list(
      record(
        { type: oneOf(new Set(['track'])), ...event1_0 },
        { required: ['type', 'event'], elsewhere: { ...elsewhere1_0, pixel_code: 'beside batch' } },
      ),
      { min: 1, max: LARGEST_1_0_BATCH },
    ),
  },
  { required: ['pixel_code', 'batch'], elsewhere: elsewhere1_0 },
);

const elsewhere2_0 = {
  context: 'user, page and ad',
  timestamp: 'event_time',
  pixel_code: 'event_source_id',
  ttclid: 'user.ttclid',
  test_event_code: 'beside data',
};

const event2_0 = record(
  {
    event: eventName,
    event_time: unixSeconds,
    event_id: text,
    user: record(
      {
        ttclid,
        ttp: text,
        external_id: hashed,
        email: hashed,
        phone: hashed,
        first_name: hashed,
        last_name: hashed,
        zip_code: hashed,
        city: text,
        state: text,
        country: text,
        ip,
        user_agent: text,
        locale: text,
      },
      { elsewhere: { phone_number: 'user.phone', callback: 'user.ttclid' } },
    ),
    page: record({ url, referrer: text }, { required: ['url'] }),
    properties,
    ad: record(
      { attribution_share: number, campaign_id: text, ad_id: text, creative_id: text },
      { elsewhere: { callback: 'user.ttclid' } },
    ),
    limited_data_use: flag,
  },
  { required: ['event', 'event_time'], elsewhere: elsewhere2_0 },
);

/** Events API 2.0: POST /event/track/. The sandbox knows the source `web` only. */
export const eventTrack: Check = record(
  {
    event_source: oneOf(new Set(['web'])),
    event_source_id: text,
    test_event_code: text,
    partner_name: partnerName,
    data: list(event2_0, { min: 1, max: LARGEST_2_0_REQUEST }),
  },
  { required: ['event_source', 'event_source_id', 'data'], elsewhere: { ...elsewhere2_0, batch: 'data' } },
);
