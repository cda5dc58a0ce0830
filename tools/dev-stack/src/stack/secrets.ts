import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseEnv } from 'node:util';
import { CannotStart, explainDisk, systemCode } from '../infra/cannot-start';

export interface Secrets {
  /** `<keyId>:<base64 of 32 bytes>`, as SECRET_KEYS takes it. */
  readonly secretKeys: string;
  readonly adminPassword: string;
  /** What services show each other, as INTERNAL_API_TOKEN takes it. */
  readonly internalApiToken: string;
}

/** New ones, for data that is thrown away or as the first of an installation. */
export function makeSecrets(): Secrets {
  return {
    secretKeys: `first:${randomBytes(32).toString('base64')}`,
    adminPassword: randomBytes(12).toString('base64url'),
    internalApiToken: randomBytes(32).toString('base64url'),
  };
}

/**
 * The installation's secrets, made at its first start and kept in a file that only its owner can read.
 * Losing it makes the tokens in the settings topics unreadable.
 */
export async function keptSecrets(file: string): Promise<Secrets & { isNew: boolean }> {
  try {
    return { ...(await readSecrets(file)), isNew: false };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  const secrets = makeSecrets();
  try {
    await mkdir(dirname(file), { recursive: true });
    const lines = [
      `SECRET_KEYS=${secrets.secretKeys}`,
      `ADMIN_PASSWORD=${secrets.adminPassword}`,
      internalApiLine(secrets),
    ];
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw explainDisk(error, dirname(file));
  }
  return { ...secrets, isNew: true };
}

async function readSecrets(file: string): Promise<Secrets> {
  const { SECRET_KEYS, ADMIN_PASSWORD, INTERNAL_API_TOKEN } = parseEnv(await readFile(file, 'utf8'));
  if (!SECRET_KEYS || !ADMIN_PASSWORD) {
    throw new CannotStart(
      `${file} lacks SECRET_KEYS or ADMIN_PASSWORD: put it back from a backup, or remove it and enter all tokens anew.`,
    );
  }
  const kept = { secretKeys: SECRET_KEYS, adminPassword: ADMIN_PASSWORD };
  if (INTERNAL_API_TOKEN) return { ...kept, internalApiToken: INTERNAL_API_TOKEN };
  // Unlike the others it seals nothing: an installation of before there was one gets one.
  const { internalApiToken } = makeSecrets();
  await appendFile(file, `\n${internalApiLine({ internalApiToken })}\n`);
  return { ...kept, internalApiToken };
}

const internalApiLine = ({ internalApiToken }: Pick<Secrets, 'internalApiToken'>): string =>
  `INTERNAL_API_TOKEN=${internalApiToken}`;
