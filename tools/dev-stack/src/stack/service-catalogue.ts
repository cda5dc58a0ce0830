import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from '../infra/cannot-start';

export const SERVICE_NAMES = [
  'click-service',
  'join-service',
  'attribution-service',
  'tiktok-dispatcher',
  'dashboard',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

interface CatalogueEntry {
  /** The port `npm start` uses unless the variable says another. */
  readonly port: number;
  readonly portVariable: string;
}

export const CATALOGUE: Readonly<Record<ServiceName, CatalogueEntry>> = {
  dashboard: { port: 4000, portVariable: 'DASHBOARD_PORT' },
  'click-service': { port: 4001, portVariable: 'CLICK_PORT' },
  'join-service': { port: 4002, portVariable: 'JOIN_PORT' },
  'attribution-service': { port: 4003, portVariable: 'ATTRIBUTION_PORT' },
  'tiktok-dispatcher': { port: 4004, portVariable: 'DISPATCHER_PORT' },
};

/** The workspace's root folder. */
export const WORKSPACE_ROOT = join(__dirname, '../../../..');

/** @throws CannotStart when the service has not been built. */
export function serviceEntry(name: ServiceName): string {
  return builtFile(join('services', name, 'dist', 'main.js'));
}

export function sandboxEntry(): string {
  return builtFile(join('tools', 'sandbox', 'dist', 'main.js'));
}

function builtFile(path: string): string {
  const file = join(WORKSPACE_ROOT, path);
  if (existsSync(file)) return file;
  throw new CannotStart(`${path} is missing: build the workspace first with npm run build.`);
}
