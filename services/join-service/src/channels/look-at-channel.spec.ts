import {
  type ChatDetails,
  type MemberRights,
  TelegramRefused,
  TelegramUnavailable,
} from '@clickjoin/telegram';
import { channelDetected } from './channel.fixture';
import { type Look, lookAtChannel } from './look-at-channel';

const known = channelDetected();
const NOW = Date.UTC(2026, 7, 29, 10, 44);
const details: ChatDetails = {
  id: known.chatId,
  type: 'channel',
  title: 'Roof Gardens',
  username: 'roofs_example',
  inviteLink: undefined,
};

const look = (
  answers: { chat?: ChatDetails | Error; rights?: MemberRights | Error },
  more: Partial<Look> = {},
): ReturnType<typeof lookAtChannel> => {
  const answer = <T>(value: T | Error): Promise<T> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  return lookAtChannel({
    telegram: {
      getChat: () => answer(answers.chat ?? details),
      getChatMember: () => answer(answers.rights ?? { isAdmin: true, canInvite: false }),
    },
    bot: { botId: known.botId, token: 't', webhookSecret: 's', secretDigests: [], updatesBy: undefined },
    chatId: known.chatId,
    known,
    nowMs: NOW,
    signal: new AbortController().signal,
    ...more,
  });
};

describe('lookAtChannel', () => {
  it('sees title, name and rights, dated back by more than clocks differ', async () => {
    await expect(look({})).resolves.toEqual({
      chatId: known.chatId,
      botId: known.botId,
      chat: { type: 'channel', title: 'Roof Gardens', isPublic: true },
      username: 'roofs_example',
      botIsAdmin: true,
      botCanInvite: false,
      observedAt: '2026-08-29T10:43:00.000Z',
    });
  });

  it('is later than what it corrects, even by a clock that is slow', async () => {
    const newer = { ...known, observedAt: '2026-08-29T10:43:30.000Z' };
    await expect(look({}, { known: newer })).resolves.toMatchObject({
      observedAt: '2026-08-29T10:43:30.001Z',
    });
  });

  it.each([
    { name: 'the chat', answers: { chat: new TelegramRefused(400, 'Bad Request: chat not found') } },
    { name: 'its members', answers: { rights: new TelegramRefused(403, 'Forbidden: bot was kicked') } },
  ])('takes it for a removal when $name can not be seen any more', async ({ answers }) => {
    await expect(look(answers)).resolves.toMatchObject({
      chat: known.chat,
      botIsAdmin: false,
      botCanInvite: false,
    });
    await expect(look(answers, { known: undefined })).resolves.toBeUndefined();
  });

  it('says nothing of a chat with one person', async () => {
    await expect(look({ chat: { ...details, type: 'private' } })).resolves.toBeUndefined();
  });

  it.each([new TelegramUnavailable('no connection'), new TelegramRefused(401, 'Unauthorized')])(
    'concludes nothing from $message',
    async (failure) => {
      await expect(look({ chat: failure })).rejects.toBe(failure);
    },
  );
});
