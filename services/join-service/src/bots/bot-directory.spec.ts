import { Logger } from '@nestjs/common';
import { type BotConfigured, parseSecretKeys, sealSecret, secretRecords } from '@clickjoin/contracts';
import { InMemoryTable } from '@clickjoin/kafka';
import { BotDirectory } from './bot-directory';
import { secretDigestOf } from './webhook-secret';

const secretKeys = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const ring = parseSecretKeys(secretKeys);

const configured = (
  botId: string,
  version: number,
  secret: string,
  keyring = ring,
): Pick<BotConfigured, keyof BotConfigured> => ({
  botId,
  username: 'garden_joins_example_bot',
  name: 'Garden Joins',
  token: sealSecret(keyring, secretRecords.botToken(botId), `${botId}:invented`),
  webhookSecret: sealSecret(keyring, secretRecords.botWebhookSecret(botId), secret),
  version,
  configuredAt: '2026-08-20T09:15:00.000Z',
});

describe('BotDirectory', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let table: InMemoryTable<BotConfigured>;
  let directory: BotDirectory;

  beforeEach(() => {
    table = new InMemoryTable();
    directory = new BotDirectory(table, { secretKeys });
  });

  it('opens the secrets of a bot, and follows its versions', () => {
    table.put('7409988776', configured('7409988776', 1, 'first'));
    expect(directory.find('7409988776')).toEqual({
      kind: 'known',
      bot: {
        botId: '7409988776',
        token: '7409988776:invented',
        webhookSecret: 'first',
        secretDigests: [secretDigestOf('first')],
        updatesBy: undefined,
      },
    });
    table.put('7409988776', configured('7409988776', 2, 'second'));
    expect(directory.find('7409988776')).toMatchObject({ bot: { webhookSecret: 'second' } });
    table.delete('7409988776');
    expect(directory.find('7409988776')).toEqual({ kind: 'unknown' });
  });

  it('takes the secret before the present one, too, while there is one', () => {
    const previous = (keyring: typeof ring): Pick<BotConfigured, keyof BotConfigured> => ({
      ...configured('7409988776', 1, 'new'),
      previousWebhookSecret: sealSecret(keyring, secretRecords.botPreviousWebhookSecret('7409988776'), 'old'),
    });
    table.put('7409988776', previous(ring));
    expect(directory.find('7409988776')).toMatchObject({
      bot: { webhookSecret: 'new', secretDigests: ['new', 'old'].map(secretDigestOf) },
    });
    // One that no longer opens does not take the bot with it.
    const foreign = parseSecretKeys(`k9:${Buffer.alloc(32, 9).toString('base64')}`);
    table.put('7409988776', { ...previous(foreign), version: 2 });
    expect(directory.find('7409988776')).toMatchObject({ bot: { secretDigests: [secretDigestOf('new')] } });
  });

  it('opens them once, not for each update', () => {
    table.put('7409988776', configured('7409988776', 1, 'first'));
    expect(directory.find('7409988776')).toBe(directory.find('7409988776'));
  });

  it.each([
    {
      name: 'sealed with a key that is not there',
      record: configured(
        '7409988776',
        1,
        's',
        parseSecretKeys(`k9:${Buffer.alloc(32, 9).toString('base64')}`),
      ),
    },
    {
      name: 'copied from another bot',
      record: Object.assign(configured('7111111111', 1, 's'), { botId: '7409988776' }),
    },
  ])('tells a bot whose secrets do not open from one that it does not know: $name', ({ record }) => {
    table.put('7409988776', record);
    expect(directory.find('7409988776')).toEqual({ kind: 'sealed' });
  });

  it('tells of each bot that changes', () => {
    const seen: string[] = [];
    const stop = directory.onChange((botId) => seen.push(botId));
    table.put('7409988776', configured('7409988776', 1, 's'));
    table.delete('7409988776');
    stop();
    table.put('7111111111', configured('7111111111', 1, 's'));
    expect(seen).toEqual(['7409988776', '7409988776']);
    expect(directory.botIds()).toEqual(['7111111111']);
  });
});
