import type { ChannelConfigured } from '@clickjoin/contracts';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChannelDirectory } from '../channels/channel-directory';
import { LinkStock } from '../link-stock/link-stock';
import { ClickMetrics } from '../metrics';
import { CaptureService } from './capture.service';
import { clientIpOf } from './client-ip';
import { landingFactsOf, type Query } from './landing-facts';
import { noWayInPage, notReadyPage, previewPage, speculativePage, unknownSlugPage } from './pages';
import { inviteAddress, publicAddress } from './telegram-address';
import { traceparentOrNew } from './traceparent';
import { visitKindOf } from './visit-kind';

type CaptureRequest = FastifyRequest<{ Params: { slug: string }; Querystring: Query }>;

/** `GET /c/<slug>`: from an ad or a landing page into a Telegram channel. */
@Controller('c')
export class CaptureController {
  constructor(
    private readonly directory: ChannelDirectory,
    private readonly capture: CaptureService,
    private readonly stock: LinkStock,
    private readonly metrics: ClickMetrics,
  ) {}

  /** Fastify answers HEAD through it too. */
  @Get(':slug')
  async visit(@Req() request: CaptureRequest, @Res() reply: FastifyReply): Promise<void> {
    // Each answer is for one visitor, and t.me has no business in the ttclid that stands in our address.
    void reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const channel = this.directory.bySlug(request.params.slug.toLowerCase());
    if (channel === undefined) return this.unknown(reply);

    const visit = visitKindOf({
      method: request.method,
      userAgent: request.headers['user-agent'],
      secPurpose: header(request, 'sec-purpose'),
      purpose: header(request, 'purpose'),
      xPurpose: header(request, 'x-purpose'),
      xMoz: header(request, 'x-moz'),
    });
    switch (visit.kind) {
      case 'speculative':
        this.metrics.visits.inc({ kind: 'speculative' });
        // Browsers keep a successful answer and show it at the real click, which then never reaches us. What is no
        // success they throw away, and ask again at the click. 425 Too Early: it is nobody's failure.
        return page(reply, 425, speculativePage(channel));
      case 'preview':
        this.metrics.visits.inc({ kind: visit.reason });
        return page(reply, 200, previewPage(channel, this.sharedAddress(channel)));
      case 'person':
        return this.person(channel, request, reply);
    }
  }

  private async person(
    channel: ChannelConfigured,
    request: CaptureRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { headers, query } = request;
    const location = await this.capture.visit({
      channel,
      facts: landingFactsOf(query, headers.referer, headers['user-agent']),
      ip: clientIpOf(request.ips ?? [request.ip]),
      traceparent: traceparentOrNew(header(request, 'traceparent')),
    });
    if (location === undefined) return page(reply.header('retry-after', '5'), 503, noWayInPage(channel));
    await reply.code(302).header('location', location).send();
  }

  private unknown(reply: FastifyReply): Promise<void> {
    if (!this.directory.isReady()) {
      this.metrics.visits.inc({ kind: 'not-ready' });
      return page(reply.header('retry-after', '2'), 503, notReadyPage());
    }
    this.metrics.visits.inc({ kind: 'unknown-slug' });
    return page(reply, 404, unknownSlugPage());
  }

  private sharedAddress(channel: ChannelConfigured): string | undefined {
    const shared = this.stock.fallback(channel);
    return (shared && inviteAddress(shared.url)) ?? publicAddress(channel);
  }
}

async function page(reply: FastifyReply, status: number, html: string): Promise<void> {
  await reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-robots-tag': 'noindex',
    })
    .send(html);
}

/** Twice the same header is somebody's joke; the first counts. */
function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
