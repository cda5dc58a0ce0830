import type { WebhookInfo } from '@clickjoin/telegram';
import { ALLOWED_UPDATES, type Drift, driftOf } from './webhook-drift';

const wanted = {
  url: 'https://joins.example/telegram/7409988776',
  secret: 's',
  allowedUpdates: ALLOWED_UPDATES,
  maxConnections: 40,
};
const info: WebhookInfo = {
  url: wanted.url,
  pendingUpdateCount: 0,
  allowedUpdates: ALLOWED_UPDATES,
  maxConnections: 40,
  lastError: undefined,
};

describe('driftOf', () => {
  it.each<{ name: string; seen: Partial<WebhookInfo>; setByThisRun: boolean; drift: Drift[] }>([
    { name: 'as it should be', seen: {}, setByThisRun: true, drift: [] },
    {
      name: 'updates wait, which is not for setWebhook to mend',
      seen: { pendingUpdateCount: 900 },
      setByThisRun: true,
      drift: [],
    },
    {
      name: 'Telegram had trouble, likewise',
      seen: { lastError: { dateSeconds: 1, message: '502' } },
      setByThisRun: true,
      drift: [],
    },
    {
      name: 'the same updates in another order',
      seen: { allowedUpdates: [...ALLOWED_UPDATES].reverse() },
      setByThisRun: true,
      drift: [],
    },
    {
      name: 'the secret is not known after a restart',
      seen: {},
      setByThisRun: false,
      drift: ['never-set-by-this-run'],
    },
    { name: 'removed by somebody', seen: { url: '' }, setByThisRun: true, drift: ['url'] },
    {
      name: 'taken by another program',
      seen: { url: 'https://other.example/' },
      setByThisRun: true,
      drift: ['url'],
    },
    {
      name: 'the default, which leaves chat_member out',
      seen: { allowedUpdates: undefined },
      setByThisRun: true,
      drift: ['allowed-updates'],
    },
    {
      name: 'one missing',
      seen: { allowedUpdates: ['message', 'my_chat_member', 'chat_join_request'] },
      setByThisRun: true,
      drift: ['allowed-updates'],
    },
    {
      name: 'one too many',
      seen: { allowedUpdates: [...ALLOWED_UPDATES, 'poll'] },
      setByThisRun: true,
      drift: ['allowed-updates'],
    },
    {
      name: 'one instead of another',
      seen: { allowedUpdates: ['message', 'my_chat_member', 'chat_member', 'poll'] },
      setByThisRun: true,
      drift: ['allowed-updates'],
    },
    {
      name: 'other connections',
      seen: { maxConnections: 1 },
      setByThisRun: true,
      drift: ['max-connections'],
    },
    {
      name: 'nothing set at all',
      seen: { url: '', allowedUpdates: undefined, maxConnections: undefined },
      setByThisRun: false,
      drift: ['never-set-by-this-run', 'url', 'allowed-updates', 'max-connections'],
    },
  ])('$name: $drift', ({ seen, setByThisRun, drift }) =>
    expect(driftOf({ ...info, ...seen }, wanted, setByThisRun)).toEqual(drift),
  );
});
