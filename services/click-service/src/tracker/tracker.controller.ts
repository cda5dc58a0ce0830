import { Problem } from '@clickjoin/service-kit';
import { Controller, Get, Logger, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChannelDirectory } from '../channels/channel-directory';
import { SiteDirectory } from '../sites/site-directory';
import { builtScript, codingFor, matchesEtag, trackerScriptOf, type TrackerScript } from './script-file';
import { ScriptSightings } from './script-sightings';
import { siteSettingsOf } from './site-settings';

/** Any page may load and read both: they tell what stands in the pages anyway, and one answer for all can be cached. */
const FOR_ANY_PAGE = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
};
/** The kill switch works as fast as this, so it is short. */
const SETTINGS_CACHE = 'public, max-age=120, stale-if-error=86400';
const SCRIPT_CACHE = 'public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800';

/** `GET /t.js` and what it asks for: `GET /v1/tracker/<siteId>`. */
@Controller()
export class TrackerController {
  private readonly logger = new Logger(TrackerController.name);
  private readonly script: TrackerScript | undefined;

  constructor(
    private readonly sites: SiteDirectory,
    private readonly channels: ChannelDirectory,
    private readonly sightings: ScriptSightings,
  ) {
    this.script = this.load();
  }

  /** Fastify answers HEAD through it too. */
  @Get('t.js')
  async serveScript(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (this.script === undefined) {
      throw new Problem(503, {
        detail: 'The tracker is missing here: build @clickjoin/tracker and start again.',
        headers: { 'retry-after': '60' },
      });
    }
    const { bodies, etag } = this.script;
    void reply.headers({ ...FOR_ANY_PAGE, 'cache-control': SCRIPT_CACHE, vary: 'Accept-Encoding', etag });
    if (matchesEtag(request.headers['if-none-match'], etag)) {
      await reply.code(304).send();
      return;
    }
    const coding = codingFor(request.headers['accept-encoding']);
    if (coding !== 'identity') void reply.header('content-encoding', coding);
    await reply.header('content-type', 'text/javascript; charset=utf-8').send(bodies[coding]);
  }

  @Get('v1/tracker/:siteId')
  async settings(
    @Param('siteId') siteId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const site = this.sites.get(siteId);
    if (site === undefined) throw this.unknown();
    const origin = originOf(request);
    if (origin !== undefined) this.sightings.saw(siteId, origin);
    await reply
      .headers({ ...FOR_ANY_PAGE, 'cache-control': SETTINGS_CACHE })
      .send(siteSettingsOf(site, this.channels.all()));
  }

  /** A browser that gets 404 forgets the site, so nobody may get it just because the settings were not read yet. */
  private unknown(): Problem {
    if (!this.sites.isReady() || !this.channels.isReady()) {
      return new Problem(503, {
        headers: { ...FOR_ANY_PAGE, 'cache-control': 'no-store', 'retry-after': '2' },
      });
    }
    return new Problem(404, {
      detail: 'There is no such site. The dashboard shows the snippet with the right data-site.',
      headers: { ...FOR_ANY_PAGE, 'cache-control': 'public, max-age=30' },
    });
  }

  /** Visitors come for redirects: those work without it, so it is no reason not to start. */
  private load(): TrackerScript | undefined {
    try {
      return trackerScriptOf(builtScript());
    } catch (error) {
      this.logger.error({ err: error }, 'no tracker: /t.js answers 503 until @clickjoin/tracker is built');
      return undefined;
    }
  }
}

/** Of the page. Behind the page's own origin browsers send no `Origin` with a GET, but the page's address. */
function originOf({ headers }: FastifyRequest): string | undefined {
  const { origin, referer } = headers;
  if (origin !== undefined) return origin;
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : undefined;
}
