import { InMemoryTable } from '@clickjoin/kafka';
import type { ChannelConfigured, ChatMigrated } from '@clickjoin/contracts';
import { newChannel } from '../../test/invented';
import { KnownChannels } from './known-channels';

const GROUP = '-400100200';
const SUPERGROUP = '-1001700800900';
const set = (chatId: string): ChannelConfigured => newChannel('site', chatId);
const move = (fromChatId: string, toChatId: string): ChatMigrated => ({
  botId: '123456',
  fromChatId,
  toChatId,
  migratedAt: '2026-11-20T10:00:00.000Z',
});

describe('KnownChannels', () => {
  it.each([
    { what: 'its own set-up', channels: [GROUP], moves: [], found: GROUP },
    { what: 'nothing, without any', channels: [], moves: [], found: undefined },
    { what: "nothing, by another's set-up", channels: [SUPERGROUP], moves: [], found: undefined },
    {
      what: 'that of the supergroup it has become',
      channels: [SUPERGROUP],
      moves: [move(GROUP, SUPERGROUP)],
      found: SUPERGROUP,
    },
    {
      what: 'nothing while the set-up has not moved yet',
      channels: [],
      moves: [move(GROUP, SUPERGROUP)],
      found: undefined,
    },
    {
      what: 'its own as long as that stands, since the two may come in any order',
      channels: [GROUP, SUPERGROUP],
      moves: [move(GROUP, SUPERGROUP)],
      found: GROUP,
    },
    {
      what: 'that at the end of several moves',
      channels: [SUPERGROUP],
      moves: [move(GROUP, '-400100201'), move('-400100201', SUPERGROUP)],
      found: SUPERGROUP,
    },
    {
      what: 'nothing, and an end, when moves lead in a circle',
      channels: [],
      moves: [move(GROUP, SUPERGROUP), move(SUPERGROUP, GROUP)],
      found: undefined,
    },
  ])('a group has $what', ({ channels, moves, found }) => {
    const [settings, migrations] = [
      new InMemoryTable<ChannelConfigured>(),
      new InMemoryTable<ChatMigrated>(),
    ];
    for (const chatId of channels) settings.put(chatId, set(chatId));
    for (const one of moves) migrations.put(one.fromChatId, one);
    expect(new KnownChannels(settings, migrations).of(GROUP)?.chatId).toBe(found);
  });

  it('is ready when both tables are, and tells of changes of either', async () => {
    const [settings, migrations] = [
      new InMemoryTable<ChannelConfigured>(),
      new InMemoryTable<ChatMigrated>(),
    ];
    const known = new KnownChannels(settings, migrations);
    let isReady = false;
    void known.ready.then(() => (isReady = true));
    settings.markReady();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isReady).toBe(false);
    migrations.markReady();
    await known.ready;
    let changes = 0;
    known.onChange(() => changes++);
    settings.put(SUPERGROUP, set(SUPERGROUP));
    migrations.put(GROUP, move(GROUP, SUPERGROUP));
    expect(changes).toBe(2);
  });
});
