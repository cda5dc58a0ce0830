import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const VARIABLES = { chromium: 'CHROMIUM_PATH', nginx: 'NGINX_PATH', caddy: 'CADDY_PATH' } as const;

/**
 * Where a program is that specs run beside Node: by its variable (`npm test` finds or gets it and sets that), else on
 * the PATH.
 * @throws Error that says what to do
 */
export function programPath(name: keyof typeof VARIABLES): string {
  const variable = VARIABLES[name];
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  const path = process.env[variable] ?? folders.map((folder) => join(folder, name)).find(isExecutable);
  if (path !== undefined) return path;
  throw new Error(`${name} is missing: install it (on Debian: apt-get install ${name}), or set ${variable}.`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
