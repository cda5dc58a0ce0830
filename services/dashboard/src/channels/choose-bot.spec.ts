import { chooseBot } from './choose-bot';

const able = (botId: string) => ({ botId, isAdmin: true, canInvite: true });
const admin = (botId: string) => ({ botId, isAdmin: true, canInvite: false });
const gone = (botId: string) => ({ botId, isAdmin: false, canInvite: false });

describe('chooseBot', () => {
  it.each([
    { name: 'no bot was seen', bots: [], present: null, chosen: undefined },
    {
      name: 'one that can invite before one that cannot',
      bots: [admin('1'), able('2')],
      present: null,
      chosen: '2',
    },
    { name: 'by number, not by spelling', bots: [able('10'), able('9')], present: null, chosen: '9' },
    { name: 'the present one stays while it can', bots: [able('1'), able('2')], present: '2', chosen: '2' },
    {
      name: 'the present one lost its right: another takes over',
      bots: [admin('1'), able('2')],
      present: '1',
      chosen: '2',
    },
    {
      name: 'the present one was removed: another takes over',
      bots: [gone('1'), able('2')],
      present: '1',
      chosen: '2',
    },
    { name: 'nobody can: no change for nothing', bots: [gone('1'), admin('2')], present: '1', chosen: '1' },
    {
      name: 'nobody can: an administrator is nearest to it',
      bots: [gone('1'), admin('2')],
      present: null,
      chosen: '2',
    },
    { name: 'nobody is administrator any more', bots: [gone('2'), gone('1')], present: null, chosen: '1' },
  ])('$name', ({ bots, present, chosen }) => expect(chooseBot(bots, present)).toBe(chosen));
});
