import { isSecret, secretDigestOf } from './webhook-secret';

describe('isSecret', () => {
  const secret = 'Zq3_vT-garden';
  const previous = 'Xb7-old_garden';
  const digests = [secret, previous].map(secretDigestOf);

  it.each([
    { name: 'the secret', given: secret, is: true },
    { name: 'the one before it', given: previous, is: true },
    { name: 'no header', given: undefined, is: false },
    { name: 'an empty header', given: '', is: false },
    { name: 'the header twice', given: [secret, secret], is: false },
    { name: 'its beginning', given: secret.slice(0, -1), is: false },
    { name: 'more than it', given: `${secret}x`, is: false },
    { name: 'another case', given: secret.toLowerCase(), is: false },
    { name: 'both, one after the other', given: secret + previous, is: false },
    { name: 'other bytes of the same length', given: 'x'.repeat(secret.length), is: false },
  ])('$name: $is', ({ given, is }) => expect(isSecret(given, digests)).toBe(is));

  it('is nothing at all without a secret', () => {
    expect(isSecret('', [])).toBe(false);
  });
});
