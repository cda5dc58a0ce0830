import { Injectable } from '@nestjs/common';
import { isConfigured } from '../channels/channel-event';
import { ChannelsService } from '../channels/channels.service';
import { PublicAddresses } from '../public-addresses';
import { ScriptSeenStore } from '../sites/script-seen.store';
import { SitesService } from '../sites/sites.service';
import type { ScriptOriginView, SnippetView } from './snippet.dto';

@Injectable()
export class Snippet {
  constructor(
    private readonly sites: SitesService,
    private readonly channels: ChannelsService,
    private readonly sightings: ScriptSeenStore,
    private readonly addresses: PublicAddresses,
  ) {}

  /** @throws Problem 404 */
  async of(siteId: string): Promise<SnippetView> {
    const [site, channels, sightings] = await Promise.all([
      this.sites.get(siteId),
      this.channels.list(),
      this.sightings.of(siteId),
    ]);
    const ofSite = channels.map(({ channel }) => channel).filter(isConfigured);
    const links = ofSite
      .filter((channel) => channel.siteId === siteId)
      .map(({ chatId, title, slug }) => ({ chatId, title, url: this.addresses.click(slug) }));
    const heard = new Map(sightings.map((sighting) => [sighting.origin, sighting]));
    const origins = [...new Set([...site.allowedOrigins, ...heard.keys()])].map(
      (origin): ScriptOriginView => {
        const seen = heard.get(origin);
        return {
          origin,
          isAllowed: site.allowedOrigins.includes(origin),
          lastSeenAt: seen?.seenAt.toISOString() ?? null,
          trackerVersion: seen?.trackerVersion ?? null,
        };
      },
    );
    const scriptUrl = this.addresses.script();
    return {
      html: `<script async src="${scriptUrl}" data-site="${siteId}"></script>`,
      scriptUrl,
      isPublicUrlKnown: this.addresses.isKnown,
      links,
      curl: this.curl(ofSite.find((channel) => channel.siteId === siteId)?.slug ?? '<slug>'),
      origins,
    };
  }

  private curl(slug: string): string {
    const body = JSON.stringify({
      slug,
      ttclid: '<ttclid of the landing page>',
      visitor: { ip: '<visitor’s IP>', userAgent: '<visitor’s user agent>' },
    });
    return [
      `curl ${this.addresses.clicksApi()}`,
      `-H 'authorization: Bearer <site key>'`,
      `-H 'content-type: application/json'`,
      `-d '${body}'`,
    ].join(' \\\n  ');
  }
}
