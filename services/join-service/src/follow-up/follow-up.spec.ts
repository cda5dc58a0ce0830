import { type JoinRequestPolicy, startPayloadOf, TRACKED_LINK_NAME } from '@clickjoin/contracts';
import { translate } from '../translate/translate';
import {
  BOT_ID,
  CHANNEL,
  joinRequest,
  link,
  memberChange,
  message,
  PERSON,
} from '../translate/updates.fixture';
import { followUpOf } from './follow-up';

const CLICK = '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03';
const tracked = joinRequest({ invite_link: link({ name: TRACKED_LINK_NAME, creates_join_request: true }) });
const approve = { kind: 'approve', chatId: String(CHANNEL.id), telegramUserId: String(PERSON.id) };

const followUp = (update: unknown, policy: JoinRequestPolicy | undefined): unknown =>
  followUpOf(translate(String(BOT_ID), update), () => policy);

describe('what an update makes the bot do', () => {
  it.each([
    { policy: 'off', request: 'tracked', update: tracked, is: undefined },
    { policy: undefined, request: 'tracked', update: tracked, is: undefined },
    { policy: 'approve-all', request: 'tracked', update: tracked, is: approve },
    { policy: 'approve-tracked', request: 'tracked', update: tracked, is: approve },
    { policy: 'approve-all', request: 'without link', update: joinRequest(), is: approve },
    { policy: 'approve-tracked', request: 'without link', update: joinRequest(), is: undefined },
    {
      policy: 'approve-tracked',
      request: 'by another link of ours',
      update: joinRequest({ invite_link: link({ name: 'Spring' }) }),
      is: undefined,
    },
    {
      policy: 'approve-tracked',
      request: 'by the shared fallback link',
      update: joinRequest({ invite_link: link({ name: 'clickjoin-fallback' }) }),
      is: undefined,
    },
    {
      policy: 'approve-tracked',
      request: 'by a link of somebody who calls it like ours',
      update: joinRequest({
        invite_link: link({ name: TRACKED_LINK_NAME, creator: { ...PERSON, id: 7_111_111_111 } }),
      }),
      is: undefined,
    },
    {
      policy: 'approve-tracked',
      request: 'by a link that arrives cut',
      update: joinRequest({
        invite_link: link({ name: TRACKED_LINK_NAME, invite_link: 'https://t.me/+Gd7kWm2R...' }),
      }),
      is: undefined,
    },
  ] as const)('policy $policy, request $request', ({ policy, update, is }) => {
    expect(followUp(update, policy)).toEqual(is);
  });

  it('is an answer to a start that carries a click', () => {
    const start = message(`/start ${startPayloadOf(String(CHANNEL.id), CLICK)}`);
    expect(followUp(start, undefined)).toEqual({ ...approve, kind: 'answer-start' });
  });

  it.each([{ update: memberChange() }, { update: message('/start') }, { update: 'no update' }])(
    'is nothing for the rest',
    ({ update }) => expect(followUp(update, 'approve-all')).toBeUndefined(),
  );
});
