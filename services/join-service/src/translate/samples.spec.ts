import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkKeyOf } from '@clickjoin/contracts';
import { translate } from './translate';
import type { Translation } from './translation';

const FOLDER = join(__dirname, 'fixtures');
const BOT = '7409988776';

/** What became of an update, in one line. */
function verdictOf(translation: Translation): string {
  if (translation.kind === 'join-request') {
    return `join request${translation.request.isTracked ? ', tracked' : ''}`;
  }
  if (translation.kind !== 'events') return `${translation.kind}: ${translation.reason}`;
  return translation.events
    .map(({ type, event }) => {
      switch (type) {
        case 'JoinReceived':
          return [
            `${type} by ${event.route}`,
            ...(event.link?.key === undefined ? [] : ['attributable']),
            ...(event.rejoin === true ? ['again'] : []),
          ].join(', ');
        case 'MemberLeft':
          return `${type}: ${event.kind}`;
        case 'ChannelDetected':
          return `${type}: ${event.botIsAdmin ? 'admin' : 'no admin'}, ${event.botCanInvite ? 'can' : "can't"} invite`;
        case 'ChatMigrated':
        case 'BotStarted':
          return type;
      }
    })
    .join(' + ');
}

/** Updates in the shapes that were captured from Telegram or made by its serializer, about invented people. */
const samples: Readonly<Record<string, string>> = {
  '01-private-join-own-link': 'JoinReceived by invite-link, attributable',
  '03-public-join-no-link': 'JoinReceived by direct',
  '05-join-request-own-link': 'join request',
  '06-approved-via-request-link': 'JoinReceived by invite-link, attributable',
  '09-folder-join': 'JoinReceived by folder-link',
  '11-added-by-admin': 'JoinReceived by added-by-admin',
  '12-leave': 'MemberLeft: left',
  '15-join-as-restricted': 'JoinReceived by invite-link, attributable',
  '16-restricted-leaves': 'MemberLeft: left',
  '17-restricted-rejoins': 'JoinReceived by invite-link, attributable, again',
  '20-rejoin-private': 'JoinReceived by invite-link, attributable',
  '25-channel-bot-promoted': 'ChannelDetected: admin, can invite',
  '26-bot-public-channel-promoted-no-invite-right': "ChannelDetected: admin, can't invite",
  '27-bot-channel-removed': "ChannelDetected: no admin, can't invite",
  '28-bot-private-blocked': 'skipped: private-chat',
  '31-start-payload': 'BotStarted',
  '37-in-a-private-chat': 'skipped: private-chat',
  '38-join-by-link-of-others': 'JoinReceived by invite-link',
};

const read = (name: string): unknown => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));

describe('sample updates', () => {
  it('all have a verdict', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(samples).map((name) => `${name}.json`));
  });

  it.each(Object.entries(samples))('%s is %s', (name, verdict) =>
    expect(verdictOf(translate(BOT, read(name)))).toBe(verdict),
  );

  it('a join becomes this event, whole', () => {
    expect(translate(BOT, read('01-private-join-own-link'))).toEqual({
      kind: 'events',
      events: [
        {
          type: 'JoinReceived',
          event: {
            joinId: 'd860c745-de03-58f4-9b83-35132b79b100',
            botId: BOT,
            chatId: '-1002055667788',
            chat: { type: 'channel', title: 'Balcony Gardens', isPublic: false },
            joinedAt: '2026-08-29T10:40:00.000Z',
            route: 'invite-link',
            link: {
              isOwn: true,
              key: linkKeyOf('https://t.me/+Gd7kWm2RtY5nPqLs'),
              createsJoinRequest: false,
            },
            person: { telegramUserId: '6301122334' },
          },
        },
      ],
    });
  });

  it('a promotion becomes this event, whole', () => {
    expect(translate(BOT, read('26-bot-public-channel-promoted-no-invite-right'))).toEqual({
      kind: 'events',
      events: [
        {
          type: 'ChannelDetected',
          event: {
            chatId: '-1002033221100',
            botId: BOT,
            chat: { type: 'channel', title: 'Park Walks', isPublic: true },
            username: 'park_walks_example',
            botIsAdmin: true,
            botCanInvite: false,
            observedAt: '2024-01-19T11:49:34.000Z',
          },
        },
      ],
    });
  });

  it('a start becomes this event, whole', () => {
    expect(translate(BOT, read('31-start-payload'))).toEqual({
      kind: 'events',
      events: [
        {
          type: 'BotStarted',
          event: {
            botId: BOT,
            chatId: '-1002147483648',
            clickId: '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03',
            startedAt: '2026-08-29T10:39:30.000Z',
            person: { telegramUserId: '6301122334' },
          },
        },
      ],
    });
  });
});
