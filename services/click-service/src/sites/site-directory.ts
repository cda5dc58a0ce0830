import { topics, type SiteConfigured } from '@clickjoin/contracts';
import { InjectTable, type SettingsTable } from '@clickjoin/kafka';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { hash, timingSafeEqual } from 'node:crypto';

interface Index {
  /** By `apiKeyHash`. */
  readonly keys: ReadonlyMap<string, SiteConfigured>;
  /** Canonical origins, by site. */
  readonly origins: ReadonlyMap<string, ReadonlySet<string>>;
  readonly everyOrigin: ReadonlySet<string>;
}

/** The sites that may send clicks, and how each shows who it is: a settings table in memory. */
@Injectable()
export class SiteDirectory implements OnApplicationShutdown {
  private readonly stopListening: () => void;
  private index: Index | undefined;

  constructor(@InjectTable(topics.site) private readonly sites: SettingsTable<SiteConfigured>) {
    this.stopListening = sites.onChange(() => (this.index = undefined));
  }

  isReady(): boolean {
    return this.sites.isReady();
  }

  get(siteId: string): SiteConfigured | undefined {
    return this.sites.get(siteId);
  }

  /** Whether pages of this origin may use the site. @param origin as the browser's `Origin` header has it */
  allows(siteId: string, origin: string): boolean {
    return this.indexed().origins.get(siteId)?.has(origin) ?? false;
  }

  /** Whether any site lists the origin: a preflight names no site yet. */
  knowsOrigin(origin: string): boolean {
    return this.indexed().everyOrigin.has(origin);
  }

  /**
   * The site whose servers have this key. It is found by its digest, and the digests are compared in constant time:
   * what a lookup takes may tell something of the digest, which is of no use to somebody without the key.
   */
  byApiKey(key: string): SiteConfigured | undefined {
    const digest = hash('sha256', key, 'hex');
    const site = this.indexed().keys.get(digest);
    if (site?.apiKeyHash === undefined) return undefined;
    return timingSafeEqual(Buffer.from(site.apiKeyHash), Buffer.from(digest)) ? site : undefined;
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }

  private indexed(): Index {
    return (this.index ??= indexOf(this.sites.all()));
  }
}

function indexOf(sites: readonly SiteConfigured[]): Index {
  const keys = new Map<string, SiteConfigured>();
  const origins = new Map<string, ReadonlySet<string>>();
  for (const site of sites) {
    if (site.apiKeyHash !== undefined) keys.set(site.apiKeyHash, site);
    origins.set(site.siteId, new Set(site.allowedOrigins.flatMap((text) => originIn(text) ?? [])));
  }
  return { keys, origins, everyOrigin: new Set([...origins.values()].flatMap((each) => [...each])) };
}

/** As browsers spell it: lower case, without default port and path. Undefined for what is no web origin. */
function originIn(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) return undefined;
  return new URL(text).origin;
}
