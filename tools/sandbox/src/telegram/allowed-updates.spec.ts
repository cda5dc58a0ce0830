import { changeAllowedUpdates, isAllowed } from './allowed-updates';

const wanted = ['message', 'my_chat_member', 'chat_member', 'chat_join_request'];

describe('changeAllowedUpdates', () => {
  it.each([
    { name: 'not named keeps the setting', before: wanted, requested: undefined, after: wanted },
    { name: 'an empty list resets to the default', before: wanted, requested: [], after: undefined },
    {
      name: 'unknown names are ignored',
      before: undefined,
      requested: ['chat_member', 'nonsense'],
      after: ['chat_member'],
    },
    { name: 'only unknown names are the default', before: wanted, requested: ['nonsense'], after: undefined },
    { name: 'the order is Telegram’s', before: undefined, requested: wanted.toReversed(), after: wanted },
  ])('$name', ({ before, requested, after }) =>
    expect(changeAllowedUpdates(before, requested)).toEqual(after),
  );
});

describe('isAllowed', () => {
  it('leaves chat_member out by default, and nothing else that join tracking needs', () => {
    expect(wanted.filter((type) => isAllowed(undefined, type))).toEqual([
      'message',
      'my_chat_member',
      'chat_join_request',
    ]);
  });

  it('takes only what is named', () => {
    expect(wanted.filter((type) => isAllowed(['chat_member'], type))).toEqual(['chat_member']);
  });
});
