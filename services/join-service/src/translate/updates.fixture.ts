/**
 * Updates for the specs: a self-made join of a private channel through a link of this bot, of which each spec
 * changes what it is about.
 */
export const BOT_ID = 7_409_988_776;
export const OWN_LINK = 'https://t.me/+Gd7kWm2RtY5nPqLs';

export const PERSON = { id: 6_301_122_334, is_bot: false, first_name: 'Mira' };
export const ADMIN = { id: 5_120_033_445, is_bot: false, first_name: 'Tomas' };
export const BOT = {
  id: BOT_ID,
  is_bot: true,
  first_name: 'Garden Joins',
  username: 'garden_joins_example_bot',
};
export const CHANNEL = { id: -1_002_055_667_788, type: 'channel', title: 'Balcony Gardens' };

type Json = Readonly<Record<string, unknown>>;

export const member = (status: string, more: Json = {}): Json => ({ user: PERSON, status, ...more });

export const link = (more: Json = {}): Json => ({
  invite_link: OWN_LINK,
  creator: BOT,
  creates_join_request: false,
  is_primary: false,
  is_revoked: false,
  ...more,
});

export const memberChange = (more: Json = {}): Json => ({
  update_id: 512_000_001,
  chat_member: {
    chat: CHANNEL,
    from: PERSON,
    date: 1_788_000_000,
    old_chat_member: member('left'),
    new_chat_member: member('member'),
    ...more,
  },
});

export const ownChange = (after: Json, more: Json = {}): Json => ({
  update_id: 512_000_002,
  my_chat_member: {
    chat: CHANNEL,
    from: ADMIN,
    date: 1_788_000_000,
    old_chat_member: { user: BOT, status: 'left' },
    new_chat_member: { user: BOT, ...after },
    ...more,
  },
});

export const joinRequest = (more: Json = {}): Json => ({
  update_id: 512_000_004,
  chat_join_request: {
    chat: CHANNEL,
    from: PERSON,
    user_chat_id: PERSON.id,
    date: 1_788_000_000,
    ...more,
  },
});

export const message = (text: string | undefined, more: Json = {}): Json => ({
  update_id: 512_000_003,
  message: {
    message_id: 12,
    from: PERSON,
    chat: { id: PERSON.id, type: 'private', first_name: 'Mira' },
    date: 1_788_000_000,
    ...(text === undefined ? {} : { text }),
    ...more,
  },
});
