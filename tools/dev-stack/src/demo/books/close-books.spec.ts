import {
  type ClickCaptured,
  type ConversionAttributed,
  conversionIdOf,
  deliveryIdOf,
  type DeliveryUpdated,
  externalIdOf,
  joinIdOf,
  type JoinOrganic,
  type JoinReceived,
  linkKeyOf,
  tiktokEventIdOf,
} from '@clickjoin/contracts';
import type { SeenEvent } from '@clickjoin/sandbox';
import type { Journal, JoinRecord, VisitorRecord } from '../journal';
import type { Accounts } from './accounts';
import { closeBooks } from './close-books';
import { report } from './report';

/** What may be changed in a test: the same as the accounts, but not readonly. */
type Mutable<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

const PIXEL = '0196a000-0000-7000-8000-000000000001';
const chatId = { private: '-1002147483648', public: '-1002147483649' };
const at = (ms: number): string => new Date(1_780_000_000_000 + ms).toISOString();
const address = (number: number): string => `https://t.me/+Invite${number}_abcdefgh`;
const keyOf = (number: number): string => linkKeyOf(address(number)) ?? '';

function join(user: number, record: Partial<JoinRecord>): JoinRecord {
  const channel = record.channel ?? 'private';
  return {
    joinId: joinIdOf(chatId[channel], String(user), 1_780_000_001),
    telegramUserId: String(user),
    channel,
    via: 'link',
    linkKeyInUpdate: undefined,
    joinedAt: 1_780_000_001_000,
    ...record,
  };
}

/** 1 and 2 join by their links; 3 in the public channel, where the link is cut off; 4 never joins. */
function visitors(): VisitorRecord[] {
  const visitor = (number: number, rest: Partial<VisitorRecord>): VisitorRecord => ({
    number,
    channel: 'private',
    ttclid: `ttclid-${number}`,
    addresses: [address(number)],
    lostAnswers: 0,
    failure: undefined,
    join: undefined,
    ...rest,
  });
  return [
    visitor(1, { join: join(101, { linkKeyInUpdate: keyOf(1) }) }),
    visitor(2, {
      addresses: [address(2), address(2)],
      ttclid: undefined,
      join: join(102, { linkKeyInUpdate: keyOf(2) }),
    }),
    visitor(3, { channel: 'public', join: join(103, { channel: 'public' }) }),
    visitor(4, {}),
  ];
}

function clickOf({ number, channel, ttclid }: VisitorRecord): ClickCaptured {
  return {
    clickId: `0196b000-0000-7000-8000-00000000000${number}`,
    siteId: '0196a000-0000-7000-8000-000000000000',
    chatId: chatId[channel],
    slug: channel,
    linkKind: 'stock',
    linkKey: keyOf(number),
    capturedAt: at(number),
    ad: ttclid === undefined ? {} : { ttclid },
    page: {},
    visitor: { ip: '198.18.0.1' },
  };
}

const chat = { type: 'channel', title: 'Demo', isPublic: false } as const;

function receivedOf({ joinId, channel, telegramUserId }: JoinRecord): JoinReceived {
  return {
    ...{ joinId, botId: '8123456789', chatId: chatId[channel], chat, joinedAt: at(1_000) },
    ...{ route: 'invite-link', person: { telegramUserId } },
  };
}

function conversionOf(
  { joinId, channel, telegramUserId }: JoinRecord,
  click: ClickCaptured,
): ConversionAttributed {
  const { clickId, siteId, ad, page, visitor } = click;
  return {
    ...{ conversionId: conversionIdOf(joinId), joinId, clickId, siteId, chatId: chatId[channel], chat },
    ...{ method: 'invite-link', joinedAt: at(1_000), clickedAt: click.capturedAt, clickAgeMs: 999 },
    ...{ ad, page, visitor, person: { telegramUserId } },
  };
}

function organicOf(
  { joinId, channel, telegramUserId }: JoinRecord,
  reason: JoinOrganic['reason'],
): JoinOrganic {
  return { joinId, chatId: chatId[channel], chat, joinedAt: at(1_000), reason, person: { telegramUserId } };
}

function deliveryOf(conversion: ConversionAttributed, revision: number): DeliveryUpdated {
  const { conversionId, joinId, siteId, joinedAt } = conversion;
  return {
    ...{
      deliveryId: deliveryIdOf(conversionId, PIXEL),
      conversionId,
      joinId,
      pixelId: PIXEL,
      siteId,
      joinedAt,
    },
    ...{
      chatId: conversion.chatId,
      eventId: tiktokEventIdOf(conversionId),
      revision,
      updatedAt: at(2_000 + revision),
    },
    state: revision === 1 ? 'retrying' : 'accepted',
    attempt: {
      ...{ number: revision, startedAt: at(2_000), durationMs: 5, explanation: 'as told' },
      verdict: revision === 1 ? 'failed' : 'accepted',
    },
  };
}

function seenOf({ conversionId, ad, person }: ConversionAttributed): SeenEvent {
  return {
    ...{
      pixelCode: 'CDEMO',
      event: 'Subscribe',
      eventId: tiktokEventIdOf(conversionId),
      received: 2,
      accepted: 1,
    },
    ...{ duplicatesDropped: 1, refused: 0, lastRefusal: null, bodies: 1 },
    ...{ firstReceivedAt: 1_780_000_001_400, firstAcceptedAt: 1_780_000_001_500 },
    lastBody: {
      context: {
        ...(ad.ttclid === undefined ? {} : { ad: { callback: ad.ttclid } }),
        user: { external_id: externalIdOf(person.telegramUserId) },
      },
    },
  };
}

/** A small world in which all is as it should be. */
function balancedAccounts(): Mutable<Accounts> {
  const everybody = visitors();
  const organicJoins = [
    join(201, { via: 'added-by-admin' }),
    join(202, { via: 'folder' }),
    join(203, { via: 'direct', channel: 'public' }),
  ];
  const journal: Journal = { visitors: everybody, organicJoins, refusedJoins: [] };
  const joined = [...everybody.flatMap((visitor) => (visitor.join ? [visitor.join] : [])), ...organicJoins];
  const clicks = everybody.map(clickOf);
  const conversions = [0, 1].map((index) => conversionOf(joined[index]!, clicks[index]!));
  const reasons = ['public-direct-join', 'added-by-admin', 'folder-link', 'public-direct-join'] as const;
  const accounts: Accounts = {
    journal,
    log: {
      // A click that is in the log twice, from the spool, is one click.
      clicks: [...clicks, clicks[0]!],
      joins: joined.map(receivedOf),
      conversions,
      organic: reasons.map((reason, index) => organicOf(joined[index + 2]!, reason)),
      deliveries: conversions.flatMap((conversion) => [deliveryOf(conversion, 1), deliveryOf(conversion, 2)]),
      rejectedUpdates: 0,
      deadLetters: {},
    },
    dashboard: {
      ...{ clicks: 4, joins: 6, attributed: 2, waiting: 0, deliveries: { accepted: 2 } },
      organic: { 'added-by-admin': 1, 'folder-link': 1, 'public-direct-join': 2 },
    },
    tiktok: { events: conversions.map(seenOf), duplicatesDropped: 2 },
    redeliveredUpdates: 3,
    pixelIds: [PIXEL],
    killed: [],
    died: [],
  };
  return structuredClone(accounts) as unknown as Mutable<Accounts>;
}

const redChecks = (accounts: Accounts): string[] =>
  closeBooks(accounts)
    .checks.filter(({ ok }) => !ok)
    .map(({ name }) => name);

describe('closeBooks', () => {
  it('balances when all is as it should be', () => {
    const books = closeBooks(balancedAccounts());
    expect(redChecks(balancedAccounts())).toEqual([]);
    expect(books.balanced).toBe(true);
    expect(books.figures).toEqual({
      clicks: 4,
      joins: 6,
      attributed: 2,
      organic: { 'public-direct-join': 2, 'added-by-admin': 1, 'folder-link': 1 },
      accepted: 2,
      rejected: 0,
      retried: 2,
      duplicatesDropped: 2,
      redeliveredUpdates: 3,
      joinToAcceptedMs: { p50: 500, p99: 500 },
    });
  });

  const damages: { name: string; red: string[]; damage: (accounts: Mutable<Accounts>) => void }[] = [
    {
      name: 'a visitor who got no answer',
      red: ['each visitor reached Telegram'],
      damage: ({ journal }) => {
        journal.visitors[3] = { ...journal.visitors[3]!, failure: 'answered 503' };
      },
    },
    {
      name: 'a click that was answered and is not in the log',
      red: ['each answered click is in the log', 'the dashboard counts the clicks'],
      damage: ({ log }) => {
        log.clicks = log.clicks.filter(({ linkKey }) => linkKey !== keyOf(4));
      },
    },
    {
      name: 'a click of nobody',
      red: ['no click without a visitor'],
      damage: ({ log, dashboard }) => {
        log.clicks.push({
          ...log.clicks[0]!,
          clickId: '0196b000-0000-7000-8000-000000000009',
          linkKey: keyOf(9),
        });
        dashboard.clicks++;
      },
    },
    {
      name: 'one link for two visitors',
      red: ['no link was given to two visitors', 'no link has two clicks'],
      damage: ({ journal, log, dashboard }) => {
        journal.visitors.push({ ...journal.visitors[3]!, number: 5 });
        log.clicks.push({ ...log.clicks[3]!, clickId: '0196b000-0000-7000-8000-000000000005' });
        dashboard.clicks++;
      },
    },
    {
      name: 'two clicks of one tap',
      red: ['no click without a visitor', 'no link has two clicks'],
      damage: ({ log, dashboard }) => {
        log.clicks.push({ ...log.clicks[3]!, clickId: '0196b000-0000-7000-8000-000000000005' });
        dashboard.clicks++;
      },
    },
    {
      name: 'a second tap that became a second click',
      red: ['a second tap leads to the same place'],
      damage: ({ journal, log, dashboard }) => {
        journal.visitors[3]!.addresses.push(address(5));
        log.clicks.push({
          ...log.clicks[3]!,
          clickId: '0196b000-0000-7000-8000-000000000005',
          linkKey: keyOf(5),
        });
        dashboard.clicks++;
      },
    },
    {
      name: 'somebody who was not let in',
      red: ['Telegram let everybody in'],
      damage: ({ journal }) => journal.refusedJoins.push('link-expired'),
    },
    {
      name: 'a join that was lost on its way in',
      red: ['each join is in the log', 'the dashboard counts the joins'],
      damage: ({ log }) => log.joins.pop(),
    },
    {
      name: 'a join of nobody',
      red: ['each join is in the log', 'each join is decided', 'the dashboard counts the joins'],
      damage: ({ log }) => log.joins.push({ ...log.joins[0]!, joinId: joinIdOf(chatId.private, '999', 1) }),
    },
    {
      name: 'a join that nobody decided',
      red: [
        'each join is decided',
        'each join has the right verdict',
        'the dashboard counts the organic joins by reason',
      ],
      damage: ({ log }) => log.organic.pop(),
    },
    {
      name: 'a join that was decided both ways',
      red: [
        'no join is attributed and organic',
        'each join has the right verdict',
        'the dashboard counts the organic joins by reason',
      ],
      damage: ({ log }) => log.organic.push({ ...log.organic[0]!, joinId: log.conversions[0]!.joinId }),
    },
    {
      name: 'a join that is organic for the wrong reason',
      red: ['each join has the right verdict', 'the dashboard counts the organic joins by reason'],
      damage: ({ log }) => {
        log.organic[0]!.reason = 'no-click';
      },
    },
    {
      name: 'a paid join that was called organic',
      red: ['each join has the right verdict'],
      damage: (accounts) => {
        const { log, dashboard, tiktok } = accounts;
        const lost = log.conversions.pop()!;
        log.organic.push({ ...log.organic[0]!, joinId: lost.joinId, reason: 'no-click' });
        log.deliveries = log.deliveries.filter(({ conversionId }) => conversionId !== lost.conversionId);
        tiktok.events.pop();
        dashboard.attributed--;
        dashboard.deliveries = { accepted: 1 };
        dashboard.organic['no-click'] = 1;
      },
    },
    {
      name: "a conversion with somebody else's click",
      red: ['each conversion carries the click of its join'],
      damage: ({ log }) => {
        log.conversions[0]!.clickId = log.clicks[3]!.clickId;
      },
    },
    {
      name: 'a conversion without the ttclid of its click',
      red: ['each conversion carries the click of its join'],
      damage: ({ log }) => {
        log.conversions[0]!.ad = {};
      },
    },
    {
      name: 'a second conversion of a join and a click',
      red: [
        'no join converted twice',
        'no click converted twice',
        'each conversion is delivered to each pixel',
        'TikTok has each conversion and nothing else',
        "TikTok was told the visitor's ttclid and the member's id",
        'the dashboard counts the conversions',
      ],
      damage: ({ log }) =>
        log.conversions.push({
          ...log.conversions[0]!,
          conversionId: '0196c000-0000-7000-8000-000000000001',
        }),
    },
    {
      name: 'a conversion that was never delivered',
      red: ['each conversion is delivered to each pixel', 'the dashboard counts the deliveries by state'],
      damage: ({ log }) => {
        log.deliveries = log.deliveries.slice(2);
      },
    },
    {
      name: 'a second pixel that got nothing',
      red: ['each conversion is delivered to each pixel'],
      damage: ({ pixelIds }) => pixelIds.push('0196a000-0000-7000-8000-000000000002'),
    },
    {
      name: 'a delivery that is still being retried',
      red: ['each delivery is accepted', 'the dashboard counts the deliveries by state'],
      damage: ({ log }) => log.deliveries.pop(),
    },
    {
      name: 'an event that TikTok never got',
      red: [
        'TikTok has each conversion and nothing else',
        "TikTok was told the visitor's ttclid and the member's id",
      ],
      damage: ({ tiktok }) => tiktok.events.pop(),
    },
    {
      name: 'an organic join that was sent to TikTok',
      red: ['TikTok has each conversion and nothing else'],
      damage: ({ tiktok }) => tiktok.events.push({ ...tiktok.events[0]!, eventId: 'adtarget_of-nobody' }),
    },
    {
      name: 'an event that TikTok counted twice',
      red: ['TikTok counted each conversion once'],
      damage: ({ tiktok }) => {
        tiktok.events[0]!.accepted = 2;
      },
    },
    {
      name: 'a retry with another body',
      red: ['each retry repeated its body'],
      damage: ({ tiktok }) => {
        tiktok.events[0]!.bodies = 2;
      },
    },
    {
      name: 'an event with the ttclid of another visitor',
      red: ["TikTok was told the visitor's ttclid and the member's id"],
      damage: ({ tiktok }) => {
        tiktok.events[0]!.lastBody = {
          ...tiktok.events[0]!.lastBody,
          context: { ad: { callback: 'ttclid-2' }, user: { external_id: externalIdOf('101') } },
        };
      },
    },
    {
      name: 'an event with the id of another member',
      red: ["TikTok was told the visitor's ttclid and the member's id"],
      damage: ({ tiktok }) => {
        tiktok.events[1]!.lastBody = { context: { user: { external_id: externalIdOf('101') } } };
      },
    },
    {
      name: 'a dashboard that counts a click twice',
      red: ['the dashboard counts the clicks'],
      damage: ({ dashboard }) => {
        dashboard.clicks++;
      },
    },
    {
      name: 'a dashboard that misses a conversion',
      red: ['the dashboard counts the conversions'],
      damage: ({ dashboard }) => {
        dashboard.attributed--;
      },
    },
    {
      name: 'a record that changed when it was written again',
      red: ['a record that is there twice is the same twice'],
      damage: ({ log }) => log.conversions.push({ ...log.conversions[0]!, clickAgeMs: 1 }),
    },
    {
      name: 'an update that was not understood',
      red: ['each update was understood'],
      damage: ({ log }) => {
        log.rejectedUpdates = 1;
      },
    },
    {
      name: 'a dead letter',
      red: ['no record became a dead letter'],
      damage: ({ log }) => {
        log.deadLetters['tracking.click-captured.v1.attribution-service.dlq'] = 1;
      },
    },
    {
      name: 'a service that crashed',
      red: ['no service ended by itself'],
      damage: ({ died }) => died.push('dashboard: exit code 1'),
    },
  ];

  it.each(damages)('goes red for $name', ({ damage, red }) => {
    const accounts = balancedAccounts();
    damage(accounts);
    expect(redChecks(accounts)).toEqual(red);
    expect(closeBooks(accounts).balanced).toBe(false);
  });

  it('has no check that nothing can turn red', () => {
    const reachable = new Set(damages.flatMap(({ red }) => red));
    const all = closeBooks(balancedAccounts()).checks.map(({ name }) => name);
    expect(all.filter((name) => !reachable.has(name))).toEqual([]);
  });

  it('allows a click in the log for each tap that got no answer, and no more', () => {
    const accounts = balancedAccounts();
    accounts.journal.visitors[0]!.lostAnswers = 1;
    const clickOfNobody = (number: number): ClickCaptured => ({
      ...accounts.log.clicks[0]!,
      clickId: `0196b000-0000-7000-8000-00000000001${number}`,
      linkKey: keyOf(10 + number),
    });
    accounts.log.clicks.push(clickOfNobody(1));
    accounts.dashboard.clicks++;
    expect(redChecks(accounts)).toEqual([]);
    accounts.log.clicks.push(clickOfNobody(2));
    accounts.dashboard.clicks++;
    expect(redChecks(accounts)).toEqual(['no click without a visitor']);
  });

  it('does not ask a click service that was killed to remember who just came', () => {
    const accounts = balancedAccounts();
    accounts.killed.push('click-service');
    accounts.journal.visitors[3]!.addresses.push(address(5));
    accounts.log.clicks.push({
      ...accounts.log.clicks[3]!,
      clickId: '0196b000-0000-7000-8000-000000000005',
      linkKey: keyOf(5),
    });
    accounts.dashboard.clicks++;
    expect(redChecks(accounts)).toEqual([]);
  });

  it('expects joins through the shared fallback link to be organic, however many share it', () => {
    const accounts = balancedAccounts();
    const [first] = accounts.log.clicks;
    accounts.log.clicks[0] = { ...first!, linkKind: 'fallback' };
    accounts.log.clicks.pop();
    expect(redChecks(accounts)).toEqual(['each join has the right verdict']);
  });
});

describe('report', () => {
  it('shows the figures, and names what does not balance', () => {
    const accounts = balancedAccounts();
    expect(report(closeBooks(accounts))).toContain('The books balance: ');
    accounts.tiktok.events[0]!.accepted = 2;
    const text = report(closeBooks(accounts));
    expect(text).toMatch(/public-direct-join +2\n/);
    expect(text).toMatch(/join → accepted, p50 +500 ms/);
    expect(text).toContain('The books do NOT balance: 1 of ');
    expect(text).toContain('✗ TikTok counted each conversion once: expected 0, found 1');
    expect(text).toContain(`${accounts.tiktok.events[0]!.eventId ?? ''}: 2 times`);
  });
});
