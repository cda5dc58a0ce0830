import type { ChannelConfigured } from '@clickjoin/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../admission/admission';
import { ChannelDirectory } from '../channels/channel-directory';
import { headerOf } from '../http-header';
import { ClickMetrics } from '../metrics';
import { SiteDirectory } from '../sites/site-directory';
import { CaptureService } from './capture.service';
import { clientIpOf } from './client-ip';
import { landingFactsOf, type Query } from './landing-facts';
import { noWayInPage, notReadyPage, previewPage, speculativePage, unknownSlugPage } from './pages';
import { traceparentOrNew } from './traceparent';
import { visitKindOf } from './visit-kind';
import { WaysIn } from './ways-in';

interface Visit {
  Params: { slug?: string };
  Querystring: Query;
}
type VisitRequest = FastifyRequest<Visit>;

/**
 * `GET /c/<slug>`: from an ad or a landing page into a Telegram channel. A Fastify route and no controller: what Nest
 * puts around a handler costs as much as the handler.
 */
@Injectable()
export class RedirectRoutes implements OnModuleInit {
  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly directory: ChannelDirectory,
    private readonly sites: SiteDirectory,
    private readonly capture: CaptureService,
    private readonly ways: WaysIn,
    private readonly admission: Admission,
    private readonly metrics: ClickMetrics,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    const visit = (request: VisitRequest, reply: FastifyReply): Promise<void> => this.visit(request, reply);
    // Fastify answers HEAD through them too.
    fastify.get<Visit>('/c/:slug', visit);
    // What is longer than a slug can be, or has more of a path.
    fastify.get<Visit>('/c/*', visit);
    fastify.get<Visit>('/c', visit);
  }

  private async visit(request: VisitRequest, reply: FastifyReply): Promise<void> {
    // Each answer is for one visitor, and t.me has no business in the ttclid that stands in our address.
    reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
    const channel = this.directory.bySlug(request.params.slug?.toLowerCase() ?? '');
    if (channel === undefined) {
      this.unknown(reply);
      return;
    }

    const visit = visitKindOf(
      {
        method: request.method,
        userAgent: request.headers['user-agent'],
        secPurpose: headerOf(request, 'sec-purpose'),
        purpose: headerOf(request, 'purpose'),
        xPurpose: headerOf(request, 'x-purpose'),
        xMoz: headerOf(request, 'x-moz'),
      },
      this.sites.get(channel.siteId)?.reviewBots,
    );
    switch (visit.kind) {
      case 'speculative':
        this.metrics.visits.inc({ kind: 'speculative' });
        // Browsers keep a successful answer and show it at the real click, which then never reaches us. What is no
        // success they throw away, and ask again at the click. 425 Too Early: it is nobody's failure.
        {
          page(reply, 425, speculativePage(channel));
          return;
        }
      case 'preview':
        this.metrics.visits.inc({ kind: visit.reason });
        {
          page(reply, 200, previewPage(channel, this.ways.shared(channel)));
          return;
        }
      case 'person':
        return this.person(channel, request, reply);
    }
  }

  private async person(
    channel: ChannelConfigured,
    request: VisitRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { headers, query } = request;
    const ip = clientIpOf(request.ips ?? [request.ip]);
    if (this.admission.visitorWaitMs(ip) > 0 || this.admission.siteWaitMs(channel.siteId) > 0) {
      this.uncounted(channel, 'limited', reply);
      return;
    }
    const captured = await this.capture.capture({
      channel,
      facts: landingFactsOf(query, headers.referer, headers['user-agent']),
      ip,
      traceparent: traceparentOrNew(headerOf(request, 'traceparent')),
    });
    if (!('clickId' in captured)) {
      this.uncounted(channel, 'shed', reply);
      return;
    }
    this.metrics.visits.inc({ kind: captured.kind === 'repeat' ? 'repeat' : 'person' });
    sendOn(channel, captured.location, reply);
  }

  /** Over a limit or a flood: the visitor gets to Telegram by the link that is shared, without being a click. */
  private uncounted(channel: ChannelConfigured, kind: 'limited' | 'shed', reply: FastifyReply): void {
    this.metrics.visits.inc({ kind });
    sendOn(channel, this.ways.shared(channel), reply);
  }

  private unknown(reply: FastifyReply): void {
    if (!this.directory.isReady()) {
      this.metrics.visits.inc({ kind: 'not-ready' });
      page(reply.header('retry-after', '2'), 503, notReadyPage());
      return;
    }
    this.metrics.visits.inc({ kind: 'unknown-slug' });
    page(reply, 404, unknownSlugPage());
  }
}

function sendOn(channel: ChannelConfigured, location: string | undefined, reply: FastifyReply): void {
  if (location === undefined) page(reply.header('retry-after', '5'), 503, noWayInPage(channel));
  else void reply.code(302).header('location', location).send();
}

function page(reply: FastifyReply, status: number, html: string): void {
  void reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-robots-tag': 'noindex',
    })
    .send(html);
}
