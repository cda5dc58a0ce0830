import { externalIdOf } from './external-id';

describe('externalIdOf', () => {
  // reference/telegram-bot-api.md §6
  it.each([
    { id: '123456789', hash: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225' },
    { id: '7000000001', hash: 'f2aee6a0738c354a7ce6fa9a9694c6c11ccd0a0c7e170b41cf8e330734dbb414' },
    { id: '4503599627370495', hash: '43375797e8c84c60ae22510d0057d3243fb77196f82f202e5411d228cbb9ea99' },
  ])('of $id is its SHA-256', ({ id, hash }) => expect(externalIdOf(id)).toBe(hash));

  it.each(['', '0', '-7000000001', '07000000001', ' 7000000001', '7000000001\n', '7e9', '12345678901234567'])(
    'refuses %j, whose hash nobody else would make',
    (id) => expect(() => externalIdOf(id)).toThrow(TypeError),
  );
});
