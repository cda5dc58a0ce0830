import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { IsString } from 'class-validator';

/** A secret in a settings topic: AES-256-GCM, all fields base64 but the key's name. */
export class SealedSecret {
  @IsString() keyId!: string;
  @IsString() iv!: string;
  @IsString() ciphertext!: string;
  @IsString() tag!: string;
}

export interface SecretKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** The first seals, all open: put a new key in front to rotate. */
export type SecretKeyring = readonly [SecretKey, ...SecretKey[]];

export class SecretKeyError extends Error {}

/**
 * @param text `<keyId>:<base64 of 32 bytes>`, comma-separated, the current one first (env `SECRET_KEYS`).
 * @throws SecretKeyError that names the fault and never the key.
 */
export function parseSecretKeys(text: string): SecretKeyring {
  const keys = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part, index): SecretKey => {
      const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(part) ?? [];
      if (id === undefined || encoded === undefined) {
        throw new SecretKeyError(`key ${index + 1} must look like <keyId>:<base64 of 32 bytes>`);
      }
      const bytes = Buffer.from(encoded, 'base64');
      if (bytes.length !== 32) {
        throw new SecretKeyError(`key "${id}" has ${bytes.length} bytes instead of 32`);
      }
      return { id, bytes };
    });
  const ids = keys.map(({ id }) => id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  // Only the first of them would ever be tried, and what the other sealed would look tampered with.
  if (repeated !== undefined) throw new SecretKeyError(`two keys are named "${repeated}"`);
  const [current, ...older] = keys;
  if (current === undefined) throw new SecretKeyError('no key given');
  return [current, ...older];
}

/**
 * @param record what the secret belongs to, such as `pixel/<pixelId>/accessToken`. It is bound in as additional
 * data: a sealed token copied into another record does not open there.
 */
export function sealSecret(keyring: SecretKeyring, record: string, secret: string): SealedSecret {
  const [key] = keyring;
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv).setAAD(Buffer.from(record, 'utf8'));
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return {
    keyId: key.id,
    iv: iv.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/** @throws SecretKeyError when the key is unknown, or the secret was changed or belongs to another record. */
export function openSecret(keyring: SecretKeyring, record: string, sealed: SealedSecret): string {
  const key = keyring.find(({ id }) => id === sealed.keyId);
  if (key === undefined) {
    throw new SecretKeyError(`sealed with key "${sealed.keyId}", which is not among SECRET_KEYS`);
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(sealed.iv, 'base64'), {
      authTagLength: 16,
    })
      .setAAD(Buffer.from(record, 'utf8'))
      .setAuthTag(Buffer.from(sealed.tag, 'base64'));
    return Buffer.concat([
      decipher.update(Buffer.from(sealed.ciphertext, 'base64')),
      decipher.final(),
    ]).toString('utf8');
  } catch {
    throw new SecretKeyError(`the secret of ${record} does not open with key "${key.id}"`);
  }
}

/** What each secret is bound to; writer and reader must name it alike. */
export const secretRecords = {
  pixelAccessToken: (pixelId: string) => `pixel/${pixelId}/accessToken`,
  botToken: (botId: string) => `bot/${botId}/token`,
  botWebhookSecret: (botId: string) => `bot/${botId}/webhookSecret`,
  botPreviousWebhookSecret: (botId: string) => `bot/${botId}/previousWebhookSecret`,
} as const;
