import { cleanName, cut, linkCode, linkSeenBy, newLinkUrl, type InviteLink } from './invite-link';

const creator = { id: 7_234_567_890, is_bot: true, first_name: 'Acme Joins', username: 'acme_joins_bot' };
const link: InviteLink = {
  url: 'https://t.me/+Qx3vTn8LkZ1hYzVi',
  chatId: -1002147483648,
  creator,
  settings: { name: 'click', createsJoinRequest: false },
  isRevoked: false,
  members: new Set(),
  requests: new Set(),
};

it('makes links as Telegram does today', () => {
  expect(newLinkUrl()).toMatch(/^https:\/\/t\.me\/\+[\w-]{16}$/);
  expect(newLinkUrl()).not.toBe(newLinkUrl());
});

it('cuts the second half of the code, as in the real capture', () => {
  expect(cut('https://t.me/joinchat/MeASP-WiAbCdEfGh')).toBe('https://t.me/joinchat/MeASP-Wi...');
});

it('shows the whole link to its creator only', () => {
  expect(linkSeenBy(creator.id, link)).toMatchObject({ invite_link: link.url, name: 'click' });
  expect(linkSeenBy(1, link)).toMatchObject({ invite_link: 'https://t.me/+Qx3vTn8L...' });
  expect(linkSeenBy(1, link)).not.toHaveProperty('name');
});

it.each([
  { name: 'collapsed', given: '  a \n\t b ', clean: 'a b' },
  { name: 'cut to 32 characters', given: 'x'.repeat(40), clean: 'x'.repeat(32) },
  { name: 'cut by characters, not by halves of them', given: '😀'.repeat(40), clean: '😀'.repeat(32) },
  { name: 'none when there is nothing but space', given: '   ', clean: undefined },
])('a name is $name', ({ given, clean }) => expect(cleanName(given)).toBe(clean));

it.each([
  'https://t.me/+Qx3vTn8LkZ1hYzVi',
  't.me/+Qx3vTn8LkZ1hYzVi',
  'https://telegram.me/joinchat/Qx3vTn8LkZ1hYzVi',
  'tg://join?invite=Qx3vTn8LkZ1hYzVi',
])('finds the code in %s', (url) => expect(linkCode(url)).toBe('Qx3vTn8LkZ1hYzVi'));

it('finds no code in a cut link or a username', () => {
  expect(linkCode('https://t.me/+Qx3vTn8L...')).toBeUndefined();
  expect(linkCode('https://t.me/acme_channel')).toBeUndefined();
});
