import type { Chat } from '@clickjoin/contracts';
import type { Sighting } from '../translate/sighting';
import { channelDetected } from './channel.fixture';
import { changedBySighting } from './detect-change';

const known = channelDetected();
const chat: Pick<Chat, keyof Chat> = known.chat;
const sighting = (more: Partial<Sighting> = {}): Sighting => ({
  chatId: known.chatId,
  chat: known.chat,
  username: undefined,
  seenAtSeconds: 1_788_000_000,
  showsAdmin: true,
  ...more,
});

describe('changedBySighting', () => {
  it('is nothing where all is as known', () => {
    expect(changedBySighting(known, sighting())).toBeUndefined();
  });

  it.each([
    {
      name: 'a new title',
      known,
      seen: { chat: { ...chat, title: 'Roof Gardens' } },
      change: { chat: { ...chat, title: 'Roof Gardens' } },
    },
    {
      name: 'a public name',
      known,
      seen: { chat: { ...chat, isPublic: true }, username: 'gardens_example' },
      change: { chat: { ...chat, isPublic: true }, username: 'gardens_example' },
    },
    {
      name: 'another public name',
      known: { ...known, username: 'gardens_example', chat: { ...chat, isPublic: true } },
      seen: { chat: { ...chat, isPublic: true }, username: 'roofs_example' },
      change: { chat: { ...chat, isPublic: true }, username: 'roofs_example' },
    },
  ])('says $name, and keeps the rights', ({ known: before, seen, change }) => {
    expect(changedBySighting(before, sighting(seen))).toEqual({
      ...before,
      ...change,
      observedAt: '2026-08-29T10:40:00.000Z',
    });
  });

  it('says that a public name is gone', () => {
    const before = { ...known, username: 'gardens_example', chat: { ...chat, isPublic: true } };
    expect(changedBySighting(before, sighting())).toEqual({
      ...known,
      observedAt: '2026-08-29T10:40:00.000Z',
    });
  });

  it.each([
    {
      name: 'a channel of which nothing is known: what the bot may do there must be asked',
      known: undefined,
    },
    { name: 'an update that was overtaken', known: { ...known, observedAt: '2026-08-29T10:40:01.000Z' } },
    { name: 'a channel that the bot was put out of', known: { ...known, botIsAdmin: false } },
  ])('says nothing of $name', ({ known: before }) => {
    const seen = sighting({ chat: { ...chat, title: 'Roof Gardens' } });
    expect(changedBySighting(before, seen)).toBeUndefined();
  });
});
