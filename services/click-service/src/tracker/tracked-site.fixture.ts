import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TRACKER_DEFAULTS, type TrackerSettings } from '@clickjoin/contracts';
import type { SiteSettings } from '@clickjoin/tracker/settings';
import type { Installation, Service } from '../installation.fixture';

let versions = 1;

export interface SiteFacts {
  readonly siteId?: string;
  readonly allowedOrigins: readonly string[];
  readonly tracker?: Partial<TrackerSettings>;
}

/** Makes a site, or changes it. @returns its id, once the service goes by it */
export async function configureSite(
  installation: Installation,
  { url }: Pick<Service, 'url'>,
  { siteId = randomUUID(), allowedOrigins, tracker = {} }: SiteFacts,
  eventually: <T>(assertion: () => Promise<T>) => Promise<T>,
): Promise<string> {
  const wanted = { ...TRACKER_DEFAULTS, ...tracker };
  await installation.setUpSite({
    siteId,
    version: ++versions,
    allowedOrigins: [...allowedOrigins],
    tracker: wanted,
  });
  await eventually(async () => {
    const answer = await fetch(`${url}/v1/tracker/${siteId}`);
    const settings = (await answer.json()) as SiteSettings;
    expect(settings).toMatchObject(wanted);
  });
  return siteId;
}

/** So that `/t.js` is of these sources, and not of the last build or of none. */
export async function buildTracker(): Promise<void> {
  const project = join(__dirname, '../../tracker');
  await promisify(execFile)(process.execPath, [join(project, 'build.mjs')]);
}
