/** Of nobody: the bench's own bot. */
export const BOT_ID = 7_100_000_001;
export const BOT_TOKEN = `${BOT_ID}:bench-token-of-nobody-0123456789abcdef`;
export const WEBHOOK_SECRET = 'bench-webhook-secret-of-nobody';
export const CHAT_ID = -1_001_234_567_890;

const FIRST_USER_ID = 6_000_000_001;
let made = 0;

/**
 * A join by a link of the bot, as Telegram sends it, with the headers that Telegram sends: another person, link and
 * number each time, since a redelivery would be another piece of work.
 */
export function joinDelivery(): Buffer {
  made += 1;
  const user = {
    id: FIRST_USER_ID + made,
    is_bot: false,
    first_name: 'Mira',
    last_name: 'Brook',
    username: `person_${made}_example`,
    language_code: 'en',
  };
  const update = {
    update_id: 481_000_000 + made,
    chat_member: {
      chat: { id: CHAT_ID, title: 'Balcony Gardens', type: 'channel' },
      from: user,
      date: 1_788_000_000 + (made % 86_400),
      old_chat_member: { user, status: 'left' },
      new_chat_member: { user, status: 'member' },
      invite_link: {
        invite_link: `https://t.me/+${String(made).padStart(16, 'Qx3vTn8LkZ1hYzVi')}`,
        name: 'clickjoin',
        creator: {
          id: BOT_ID,
          is_bot: true,
          first_name: 'Garden Joins',
          username: 'garden_joins_example_bot',
        },
        expire_date: 1_788_864_000,
        creates_join_request: false,
        is_primary: false,
        is_revoked: false,
      },
    },
  };
  const body = JSON.stringify(update);
  return Buffer.from(
    [
      `POST /telegram/${BOT_ID} HTTP/1.1`,
      'Host: joins.example',
      `X-Telegram-Bot-Api-Secret-Token: ${WEBHOOK_SECRET}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: keep-alive',
      'Accept-Encoding: gzip, deflate',
      '',
      body,
    ].join('\r\n'),
  );
}
