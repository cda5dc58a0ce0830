import type { PrivateChat, User } from './wire';

const FIRST_NAMES = [
  'Mira',
  'Tomas',
  'Ada',
  'Jon',
  'Lena',
  'Oskar',
  'Nia',
  'Pavel',
  'Zoe',
  'Ravi',
  'Юлія',
  'Édith',
];
const LAST_NAMES = ['Brook', 'Novak', 'Hale', 'Quist', 'Marlow', 'Idris', 'Fenn'];

/** Telegram promises at most 52 significant bits. */
export const LARGEST_ID = 2 ** 52 - 1;

/** An invented person, always the same for the same id; what Telegram often leaves out is often left out. */
export function inventPerson(id: number): User {
  const nth = (list: readonly string[], n: number): string => list[Math.floor(n) % list.length] ?? 'Mira';
  return {
    id,
    is_bot: false,
    first_name: nth(FIRST_NAMES, id),
    ...(id % 3 === 0 ? {} : { last_name: nth(LAST_NAMES, id / 3) }),
    ...(id % 4 === 0 ? {} : { username: `person_${id}_example` }),
    ...(id % 5 < 2 ? { language_code: 'en' } : {}),
    ...(id % 7 === 0 ? { is_premium: true as const } : {}),
  };
}

/** The owner of a chat: promotes bots and adds people by hand. */
export function inventOwner(id: number): User {
  return { id, is_bot: false, first_name: 'Admin', username: 'admin_example' };
}

export function privateChatWith(person: User): PrivateChat {
  return {
    id: person.id,
    first_name: person.first_name,
    ...(person.last_name === undefined ? {} : { last_name: person.last_name }),
    ...(person.username === undefined ? {} : { username: person.username }),
    type: 'private',
  };
}
