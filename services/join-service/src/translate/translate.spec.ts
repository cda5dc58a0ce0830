import { encode, startPayloadOf, topics } from '@clickjoin/contracts';
import fc from 'fast-check';
import { recordOf } from '../receive-update/records';
import { translate } from './translate';
import {
  ADMIN,
  BOT,
  BOT_ID,
  CHANNEL,
  link,
  member,
  memberChange,
  message,
  ownChange,
  PERSON,
} from './updates.fixture';

const botId = String(BOT_ID);
const context = { source: 'join-service' };

/** The only event of an update. */
function eventOf(update: unknown): Readonly<Record<string, unknown>> {
  const translation = translate(botId, update);
  if (translation.kind !== 'events') throw new Error(JSON.stringify(translation));
  expect(translation.events).toHaveLength(1);
  const [{ type, event }] = translation.events;
  return { type, ...(event as object) };
}

/** Stands for administrators who don't show who they are. */
const ANONYMOUS = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };

const restricted = (isMember: boolean) => member('restricted', { is_member: isMember, until_date: 0 });

describe('who is in', () => {
  it.each([
    { from: member('left'), to: member('member'), is: 'JoinReceived', why: 'the usual join' },
    { from: member('kicked'), to: member('member'), is: 'JoinReceived', why: 'a join after a ban' },
    { from: member('left'), to: restricted(true), is: 'JoinReceived', why: 'the group mutes newcomers' },
    { from: restricted(false), to: restricted(true), is: 'JoinReceived', why: 'the status is the same' },
    { from: restricted(false), to: member('member'), is: 'JoinReceived', why: 'muted before, in now' },
    {
      from: member('left'),
      to: member('member', { until_date: 1_790_000_000 }),
      is: 'JoinReceived',
      why: 'paid',
    },
    { from: member('member'), to: member('left'), is: 'MemberLeft', why: 'the usual leave' },
    { from: member('member'), to: member('kicked', { until_date: 0 }), is: 'MemberLeft', why: 'a ban' },
    { from: restricted(true), to: restricted(false), is: 'MemberLeft', why: 'the status is the same' },
    { from: restricted(true), to: member('left'), is: 'MemberLeft', why: 'muted before, out now' },
    {
      from: member('administrator'),
      to: member('left'),
      is: 'MemberLeft',
      why: 'may have come in as a member',
    },
  ])('$from.status → $to.status is $is ($why)', ({ from, to, is }) => {
    expect(eventOf(memberChange({ old_chat_member: from, new_chat_member: to }))).toMatchObject({ type: is });
  });

  it.each([
    { from: member('member'), to: restricted(true), why: 'muted' },
    { from: restricted(true), to: member('member'), why: 'unmuted' },
    { from: member('member'), to: member('administrator'), why: 'promoted' },
    { from: member('administrator'), to: member('member'), why: 'demoted' },
    { from: member('administrator'), to: member('administrator'), why: 'other rights' },
    { from: member('member'), to: member('member', { tag: 'gold' }), why: 'a tag' },
    { from: member('kicked'), to: member('left'), why: 'unbanned' },
    { from: member('left'), to: member('kicked'), why: 'banned while out' },
    { from: restricted(false), to: member('left'), why: 'unrestricted while out' },
    {
      from: member('left'),
      to: member('restricted'),
      why: 'in a channel restricted has no is_member: not in',
    },
  ])('$from.status → $to.status is no change of membership ($why)', ({ from, to }) => {
    expect(translate(botId, memberChange({ old_chat_member: from, new_chat_member: to }))).toEqual({
      kind: 'skipped',
      reason: 'membership-unchanged',
    });
  });

  it.each([
    { to: member('administrator'), why: 'added by the owner' },
    { to: member('creator'), why: 'the owner is back' },
  ])('a join as $to.status is no effect of an ad ($why)', ({ to }) => {
    expect(translate(botId, memberChange({ new_chat_member: to }))).toEqual({
      kind: 'skipped',
      reason: 'administrator',
    });
  });

  it.each([
    {
      name: 'a bot joins',
      update: memberChange({ new_chat_member: { user: BOT, status: 'member' } }),
      reason: 'bot',
    },
    {
      name: 'a private chat',
      update: memberChange({ chat: { id: PERSON.id, type: 'private' } }),
      reason: 'private-chat',
    },
    {
      name: 'a private chat of the bot itself',
      update: ownChange({ status: 'kicked' }, { chat: { id: PERSON.id, type: 'private' } }),
      reason: 'private-chat',
    },
    {
      name: 'an update type of tomorrow',
      update: { update_id: 1, guest_message: {} },
      reason: 'unknown-update-type',
    },
    { name: 'nothing but a number', update: { update_id: 1 }, reason: 'unknown-update-type' },
  ])('$name is skipped', ({ update, reason }) =>
    expect(translate(botId, update)).toEqual({ kind: 'skipped', reason }),
  );
});

describe('how somebody came in', () => {
  const otherBot = { ...BOT, id: 7_111_111_111 };
  const cut = 'https://t.me/+Gd7kWm2R...';

  it.each([
    { name: 'own link', more: { invite_link: link() }, route: 'invite-link', isOwn: true },
    {
      name: 'own link, approved by the bot',
      more: { from: BOT, invite_link: link({ creates_join_request: true }) },
      route: 'invite-link',
      isOwn: true,
    },
    {
      name: 'own link that is revoked by now',
      more: { invite_link: link({ is_revoked: true }) },
      route: 'invite-link',
      isOwn: true,
    },
    {
      name: 'own link in a shared folder still stands for its click',
      more: { invite_link: link(), via_chat_folder_invite_link: true },
      route: 'invite-link',
      isOwn: true,
    },
    {
      name: 'link of a second bot of ours, cut',
      more: { invite_link: link({ invite_link: cut, creator: otherBot }) },
      route: 'invite-link',
      isOwn: false,
    },
    {
      name: 'link of an administrator, cut',
      more: { invite_link: link({ invite_link: cut, creator: ADMIN }) },
      route: 'invite-link',
      isOwn: false,
    },
    {
      name: 'whole link of somebody else is not ours',
      more: { invite_link: link({ creator: ADMIN }) },
      route: 'invite-link',
      isOwn: false,
    },
    {
      name: 'own link, cut: no key',
      more: { invite_link: link({ invite_link: cut }) },
      route: 'invite-link',
      isOwn: false,
    },
    {
      name: 'link of others in a shared folder',
      more: { invite_link: link({ invite_link: cut, creator: ADMIN }), via_chat_folder_invite_link: true },
      route: 'folder-link',
      isOwn: false,
    },
    { name: 'shared folder without link', more: { via_chat_folder_invite_link: true }, route: 'folder-link' },
    {
      name: 'approved direct request: `from` is the approver',
      more: { from: ADMIN, via_join_request: true },
      route: 'join-request',
    },
    {
      name: 'the Join button of a public channel',
      more: { chat: { ...CHANNEL, username: 'gardens_example' } },
      route: 'direct',
    },
    { name: 'added by an administrator', more: { from: ADMIN }, route: 'added-by-admin' },
    {
      name: 'approved by an anonymous administrator: no person, but the link says how',
      more: { from: ANONYMOUS, invite_link: link({ creates_join_request: true }) },
      route: 'invite-link',
      isOwn: true,
    },
    { name: 'added by an anonymous administrator', more: { from: ANONYMOUS }, route: 'added-by-admin' },
  ])('$name: $route', ({ more, route, isOwn }) => {
    const event = eventOf(memberChange(more));
    expect(event).toMatchObject({
      type: 'JoinReceived',
      route,
      person: { telegramUserId: String(PERSON.id) },
    });
    // Only a whole link of our own has a key: everything else must not look as if it could be matched.
    const expected = { isOwn, hasKey: isOwn };
    const { link: seen } = event as { link?: { isOwn: boolean } };
    expect({ isOwn: seen?.isOwn, hasKey: seen && 'key' in seen }).toEqual(expected);
  });

  it.each([
    { username: 'gardens_example', isPublic: true },
    { username: '', isPublic: false },
    { username: undefined, isPublic: false },
  ])('a chat with username $username is public: $isPublic', ({ username, isPublic }) => {
    const chat = username === undefined ? CHANNEL : { ...CHANNEL, username };
    expect(eventOf(memberChange({ chat }))).toMatchObject({ chat: { isPublic } });
  });
});

describe('whether somebody was in before', () => {
  it.each([
    { before: member('left'), rejoin: undefined, why: 'Telegram says the same of those who never were in' },
    { before: restricted(false), rejoin: true, why: 'the restriction has outlasted the leave' },
    { before: member('kicked', { until_date: 0 }), rejoin: true, why: 'was put out, and let in again' },
  ])('$before.status: $rejoin ($why)', ({ before, rejoin }) => {
    expect(eventOf(memberChange({ old_chat_member: before })).rejoin).toBe(rejoin);
  });
});

describe('how somebody went', () => {
  it.each([
    { name: 'by themselves', more: {}, kind: 'left' },
    { name: 'removed without a ban', more: { from: ADMIN }, kind: 'removed' },
    { name: 'removed by an anonymous administrator', more: { from: ANONYMOUS }, kind: 'removed' },
    {
      name: 'banned',
      more: { from: ADMIN, new_chat_member: member('kicked', { until_date: 0 }) },
      kind: 'removed',
    },
    {
      name: 'restricted and put out',
      more: { from: ADMIN, new_chat_member: restricted(false) },
      kind: 'removed',
    },
  ])('$name: $kind', ({ more, kind }) => {
    const update = memberChange({
      old_chat_member: member('member'),
      new_chat_member: member('left'),
      ...more,
    });
    expect(eventOf(update)).toEqual({
      type: 'MemberLeft',
      botId,
      chatId: String(CHANNEL.id),
      leftAt: '2026-08-29T10:40:00.000Z',
      kind,
      person: { telegramUserId: String(PERSON.id) },
    });
  });
});

describe('what the bot is in a chat', () => {
  it.each([
    {
      name: 'promoted with the invite right',
      after: { status: 'administrator', can_invite_users: true },
      admin: true,
      invite: true,
    },
    {
      name: 'promoted without it',
      after: { status: 'administrator', can_invite_users: false },
      admin: true,
      invite: false,
    },
    {
      name: 'a flag that is left out is no right',
      after: { status: 'administrator' },
      admin: true,
      invite: false,
    },
    {
      name: 'an owner has every right',
      after: { status: 'creator', is_anonymous: false },
      admin: true,
      invite: true,
    },
    { name: 'a plain member', after: { status: 'member' }, admin: false, invite: false },
    {
      name: 'restricted, with a right that helps no one',
      after: { status: 'restricted', is_member: true, can_invite_users: true },
      admin: false,
      invite: false,
    },
    { name: 'removed', after: { status: 'left' }, admin: false, invite: false },
    { name: 'banned', after: { status: 'kicked', until_date: 0 }, admin: false, invite: false },
  ])('$name', ({ after, admin, invite }) => {
    expect(eventOf(ownChange(after))).toMatchObject({
      type: 'ChannelDetected',
      botIsAdmin: admin,
      botCanInvite: invite,
      observedAt: '2026-08-29T10:40:00.000Z',
    });
  });

  it('is not taken from an update about another bot', () => {
    const update = ownChange({ status: 'left', user: { ...BOT, id: 7_111_111_111 } });
    expect(translate(botId, update)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('another bot'),
    });
  });
});

describe('start links', () => {
  const payload = startPayloadOf(String(CHANNEL.id), '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03');

  it.each([
    { name: 'as Telegram sends it', text: `/start ${payload}` },
    { name: 'with the name of the bot', text: `/start@garden_joins_example_bot ${payload}` },
  ])('are read $name', ({ text }) => {
    expect(eventOf(message(text))).toEqual({
      type: 'BotStarted',
      botId,
      chatId: String(CHANNEL.id),
      clickId: '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03',
      startedAt: '2026-08-29T10:40:00.000Z',
      person: { telegramUserId: String(PERSON.id) },
    });
  });

  it.each([
    { name: 'without payload', update: message('/start'), reason: 'message' },
    {
      name: 'with the payload of somebody else',
      update: message('/start c_01J9ZK4W7Q3M8N5R2T6V0XBYDE'),
      reason: 'message',
    },
    { name: 'with more behind it', update: message(`/start ${payload} now`), reason: 'message' },
    { name: 'inside a sentence', update: message(`please /start ${payload}`), reason: 'message' },
    { name: 'a photo', update: message(undefined, { photo: [] }), reason: 'message' },
    {
      name: 'in a group, where one would speak for another',
      update: message(`/start ${payload}`, { chat: CHANNEL }),
      reason: 'message',
    },
    { name: 'from a bot', update: message(`/start ${payload}`, { from: BOT }), reason: 'bot' },
  ])('are not: $name', ({ update, reason }) =>
    expect(translate(botId, update)).toEqual({ kind: 'skipped', reason }),
  );
});

describe('what is not as documented', () => {
  const badUser = (id: unknown) =>
    memberChange({ new_chat_member: { user: { ...PERSON, id }, status: 'member' } });

  it.each([
    { name: 'no object', update: 'hello', field: 'update' },
    { name: 'an array', update: [memberChange()], field: 'update' },
    { name: 'no JSON', update: undefined, field: 'update' },
    { name: 'no update_id', update: { chat_member: {} }, field: 'update_id' },
    { name: 'an empty change', update: { update_id: 1, chat_member: {} }, field: 'chat_member.chat' },
    {
      name: 'null where an object belongs',
      update: { update_id: 1, chat_member: null },
      field: 'chat_member',
    },
    { name: 'a date in words', update: memberChange({ date: 'soon' }), field: 'date' },
    { name: 'a date before 1970', update: memberChange({ date: -1 }), field: 'date' },
    {
      name: 'a date that ISO 8601 writes otherwise',
      update: memberChange({ date: 253_402_300_800 }),
      field: 'date',
    },
    { name: 'an id beyond what a number holds', update: badUser(2 ** 53), field: 'user.id' },
    { name: 'an id as text', update: badUser('6301122334'), field: 'user.id' },
    { name: 'a negative person', update: badUser(-5), field: 'user.id' },
    {
      name: 'a status of tomorrow',
      update: memberChange({ new_chat_member: member('guest') }),
      field: 'status',
    },
    {
      name: 'a chat type of tomorrow',
      update: memberChange({ chat: { ...CHANNEL, type: 'forum' } }),
      field: 'type',
    },
    {
      name: 'a link that is a text',
      update: memberChange({ invite_link: 'https://t.me/+x' }),
      field: 'invite_link',
    },
  ])('$name is rejected, and the reason names the field', ({ update, field }) => {
    const translation = translate(botId, update);
    expect(translation).toEqual({ kind: 'rejected', reason: expect.stringContaining(field) });
  });

  it('is what it takes, and no more: unknown fields and a title of any length do no harm', () => {
    const update = memberChange({
      chat: { ...CHANNEL, title: '🌱'.repeat(2_000), all_members_are_administrators: true },
      x: [],
    });
    const record = encode(topics.joinReceived, eventOf(update) as never, context);
    expect(record.value.length).toBeLessThan(5_000);
  });

  it('takes ids of 52 bits', () => {
    expect(eventOf(badUser(4_503_599_627_370_495))).toMatchObject({
      person: { telegramUserId: '4503599627370495' },
    });
  });
});

type Json = Record<string, unknown>;

/** Each field of an object, and of those in it. */
const placesIn = (holder: Json): { holder: Json; field: string }[] =>
  Object.entries(holder).flatMap(([field, inner]) => [
    { holder, field },
    ...(typeof inner === 'object' && inner !== null ? placesIn(inner as Json) : []),
  ]);

describe('any update', () => {
  const status = fc.constantFrom('creator', 'administrator', 'member', 'restricted', 'left', 'kicked');
  const anyMember = fc.record({
    user: fc.record({
      id: fc.integer({ min: 1, max: 2 ** 52 }),
      is_bot: fc.boolean(),
      first_name: fc.string(),
    }),
    status,
    is_member: fc.boolean(),
    can_invite_users: fc.boolean(),
  });
  const change = fc.record(
    {
      chat: fc.record({
        id: fc.integer({ min: -(2 ** 52), max: -1 }),
        type: fc.constantFrom('channel', 'supergroup', 'group', 'private'),
        title: fc.string({ unit: 'grapheme', maxLength: 700 }),
        username: fc.string({ maxLength: 80 }),
      }),
      from: fc.record({ id: fc.integer({ min: 1, max: 2 ** 52 }) }),
      date: fc.nat(4_000_000_000),
      old_chat_member: anyMember,
      new_chat_member: anyMember,
      invite_link: fc.record({
        invite_link: fc.oneof(fc.webUrl(), fc.constant('https://t.me/+Gd7kWm2RtY5nPqLs')),
        creator: fc.constantFrom(BOT, ADMIN),
        creates_join_request: fc.boolean(),
      }),
      via_join_request: fc.boolean(),
      via_chat_folder_invite_link: fc.boolean(),
    },
    { requiredKeys: ['chat', 'from', 'date', 'old_chat_member', 'new_chat_member'] },
  );
  const update = fc.oneof(
    change.map((chat_member) => ({ update_id: 1, chat_member })),
    change.map((my_chat_member) => ({ update_id: 1, my_chat_member })),
  );

  it('that is well-formed gives only events of the contract, or a reason to skip it', () => {
    let published = 0;
    fc.assert(
      fc.property(update, (body) => {
        const own = 'my_chat_member' in body ? String(body.my_chat_member.new_chat_member.user.id) : botId;
        const translation = translate(own, body);
        expect(translation.kind).not.toBe('rejected');
        if (translation.kind !== 'events') return;
        published += 1;
        // encode throws on what is not in the contract.
        for (const event of translation.events) recordOf(event, context);
      }),
      { numRuns: 500 },
    );
    expect(published).toBeGreaterThan(50);
  });

  it('gives the same events again', () => {
    fc.assert(
      fc.property(update, (body) => {
        expect(translate(botId, JSON.parse(JSON.stringify(body)))).toEqual(translate(botId, body));
      }),
    );
  });

  it('of any shape is translated or rejected, and never more than the translation can take', () => {
    const broken = fc.tuple(update, fc.jsonValue(), fc.nat()).map(([body, value, at]) => {
      const copy = structuredClone(body) as Json;
      const all = placesIn(copy);
      const place = all[at % all.length];
      if (place !== undefined) place.holder[place.field] = value;
      return copy;
    });
    let rejected = 0;
    fc.assert(
      fc.property(fc.oneof(broken, fc.anything()), (body) => {
        const translation = translate(botId, body);
        if (translation.kind !== 'rejected') return;
        rejected += 1;
        expect(translation.reason).not.toContain('translation failed');
      }),
      { numRuns: 500 },
    );
    expect(rejected).toBeGreaterThan(50);
  });
});
