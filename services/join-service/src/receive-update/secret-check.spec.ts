import { isSecret } from './secret-check';

describe('isSecret', () => {
  const secret = 'Zq3_vT-garden';

  it.each([
    { name: 'the secret', given: secret, is: true },
    { name: 'no header', given: undefined, is: false },
    { name: 'an empty header', given: '', is: false },
    { name: 'the header twice', given: [secret, secret], is: false },
    { name: 'its beginning', given: secret.slice(0, -1), is: false },
    { name: 'more than it', given: `${secret}x`, is: false },
    { name: 'another case', given: secret.toLowerCase(), is: false },
    { name: 'other bytes of the same length', given: 'x'.repeat(secret.length), is: false },
  ])('$name: $is', ({ given, is }) => expect(isSecret(given, secret)).toBe(is));
});
