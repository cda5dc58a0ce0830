import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  openSecret,
  parseSecretKeys,
  sealSecret,
  SecretKeyError,
  secretRecords,
  type SealedSecret,
} from './sealed-secret';

const keyText = (id: string, fill: number): string => `${id}:${Buffer.alloc(32, fill).toString('base64')}`;
const ring = parseSecretKeys(keyText('k2', 2));
const changed = (sealed: SealedSecret, change: Partial<SealedSecret>): SealedSecret =>
  Object.assign(structuredClone(sealed), change);
const record = secretRecords.botToken('7234567890');

describe('sealed secrets', () => {
  it('open to what was sealed', () => {
    fc.assert(
      fc.property(fc.string(), (secret) => {
        const sealed = sealSecret(ring, record, secret);
        expect(openSecret(ring, record, sealed)).toBe(secret);
        if (secret.length > 3) expect(JSON.stringify(sealed)).not.toContain(secret);
      }),
    );
  });

  it('differ each time, so that equal secrets do not look equal', () => {
    expect(sealSecret(ring, record, 'same').ciphertext).not.toBe(sealSecret(ring, record, 'same').ciphertext);
  });

  it('do not open in another record', () => {
    const sealed = sealSecret(ring, record, 'token');
    for (const other of [
      secretRecords.botToken('7234567891'),
      secretRecords.botWebhookSecret('7234567890'),
      secretRecords.pixelAccessToken('7234567890'),
    ]) {
      expect(() => openSecret(ring, other, sealed)).toThrow(SecretKeyError);
    }
  });

  it('do not open with another key of the same name', () => {
    const sealed = sealSecret(ring, record, 'token');
    expect(() => openSecret(parseSecretKeys(keyText('k2', 9)), record, sealed)).toThrow(SecretKeyError);
  });

  it('open with an older key, while new ones are sealed with the current one', () => {
    const sealed = sealSecret(ring, record, 'token');
    const rotated = parseSecretKeys(`${keyText('k3', 3)}, ${keyText('k2', 2)}`);
    expect(openSecret(rotated, record, sealed)).toBe('token');
    expect(sealSecret(rotated, record, 'token').keyId).toBe('k3');
  });

  it('name the key that is missing', () => {
    const sealed = sealSecret(ring, record, 'token');
    expect(() => openSecret(parseSecretKeys(keyText('k9', 9)), record, sealed)).toThrow('"k2"');
  });

  it('do not open when any bit was changed', () => {
    const field = fc.constantFrom<'iv' | 'ciphertext' | 'tag'>('iv', 'ciphertext', 'tag');
    fc.assert(
      fc.property(field, fc.nat(), fc.integer({ min: 0, max: 7 }), (name, at, bit) => {
        const sealed = sealSecret(ring, record, 'a token of some length');
        const bytes = Buffer.from(sealed[name], 'base64');
        const position = at % bytes.length;
        bytes[position] = bytes[position]! ^ (1 << bit);
        const tampered = changed(sealed, { [name]: bytes.toString('base64') });
        expect(() => openSecret(ring, record, tampered)).toThrow(SecretKeyError);
      }),
    );
  });

  it.each([
    { reason: 'a tag that was cut', change: { tag: 'AAAA' } },
    { reason: 'no tag', change: { tag: '' } },
    { reason: 'no iv', change: { iv: '' } },
  ])('do not open with $reason', ({ change }) => {
    const sealed = changed(sealSecret(ring, record, 'token'), change);
    expect(() => openSecret(ring, record, sealed)).toThrow(SecretKeyError);
  });
});

describe('parseSecretKeys', () => {
  it.each([
    { reason: 'nothing', text: '' },
    { reason: 'only commas', text: ' , ,' },
    { reason: 'no name', text: `:${randomBytes(32).toString('base64')}` },
    { reason: 'a key that is too short', text: 'k1:c2hvcnQ=' },
    { reason: 'a passphrase', text: 'k1:correct horse battery staple' },
    {
      reason: 'one name twice: only the first would ever be tried',
      text: `${keyText('k1', 1)},${keyText('k1', 2)}`,
    },
  ])('refuses $reason, and does not repeat it', ({ text }) => {
    expect(() => parseSecretKeys(text)).toThrow(SecretKeyError);
    try {
      parseSecretKeys(text);
    } catch (error) {
      const secret = text.split(':')[1]?.slice(0, 20);
      if (secret !== undefined) expect(String(error)).not.toContain(secret);
    }
  });

  it('takes the URL alphabet as well', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    expect(parseSecretKeys(`k1:${bytes.toString('base64url')}`)[0].bytes).toEqual(bytes);
  });
});
