import { readGetMe } from './telegram-check';

const answer = (result: unknown) => JSON.stringify({ ok: true, result });

describe('readGetMe', () => {
  it.each([
    {
      name: 'a bot says who it is',
      status: 200,
      body: answer({
        id: 7000000001,
        is_bot: true,
        first_name: 'Channel Watch',
        username: 'channel_watch_bot',
      }),
      check: { kind: 'bot', botId: '7000000001', username: 'channel_watch_bot', name: 'Channel Watch' },
    },
    {
      name: 'a user account is no bot',
      status: 200,
      body: answer({ id: 5000000001, is_bot: false, first_name: 'Mara', username: 'mara' }),
      check: { kind: 'refused', reason: 'this is not the token of a bot' },
    },
    {
      name: 'a revoked token is refused in the words of Telegram',
      status: 401,
      body: '{"ok":false,"error_code":401,"description":"Unauthorized"}',
      check: { kind: 'refused', reason: 'Unauthorized' },
    },
    {
      name: 'what is no token is refused',
      status: 404,
      body: '{"ok":false,"error_code":404,"description":"Not Found"}',
      check: { kind: 'refused', reason: 'Not Found' },
    },
    {
      name: 'flood control says nothing about the token',
      status: 429,
      body: '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3"}',
      check: { kind: 'no-answer', reason: 'HTTP 429' },
    },
    {
      name: 'a gateway that is down says nothing about the token',
      status: 502,
      body: '<html>Bad Gateway</html>',
      check: { kind: 'no-answer', reason: 'HTTP 502' },
    },
    {
      name: 'a success without a bot in it is no success',
      status: 200,
      body: '{"ok":true,"result":[]}',
      check: { kind: 'no-answer', reason: 'HTTP 200' },
    },
  ])('$name', ({ status, body, check }) => expect(readGetMe(status, body)).toEqual(check));
});
