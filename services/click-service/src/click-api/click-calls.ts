import { linkKeyOf, type ChannelConfigured } from '@clickjoin/contracts';
import { Problem, type FieldFault } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';
import { Admission } from '../admission/admission';
import { CaptureService, type Captured } from '../capture/capture.service';
import { clientIpOf } from '../capture/client-ip';
import { inviteAddress } from '../capture/telegram-address';
import { kindByUserAgent } from '../capture/visit-kind';
import { WaysIn } from '../capture/ways-in';
import { ChannelDirectory } from '../channels/channel-directory';
import { ClickMetrics } from '../metrics';
import { SiteDirectory } from '../sites/site-directory';
import { unknownOrigin, type Caller } from './caller';
import { factsOfCall } from './click-facts';
import type { ClickRequest } from './click-request.schema';

/** The connection that the call came by. */
export interface CallContext {
  readonly caller: Caller;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  /** Of each click: the call's own, or a new one. */
  readonly traceparent: () => string;
}

/** A call that makes sense: what it is about is there. */
export interface Call {
  readonly request: ClickRequest;
  readonly channel: ChannelConfigured;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly ownLink: { readonly location: string; readonly linkKey: string } | undefined;
  readonly isMachine: boolean;
}

export type Answer =
  | Captured
  /** A machine: no link used, no click. */
  | { readonly kind: 'bot'; readonly location: string | undefined };

export class UnknownSlug {
  constructor(readonly fault: FieldFault) {}
}

/** Carries out the clicks of the API: who may, about which channel, and what became of it. */
@Injectable()
export class ClickCalls {
  constructor(
    private readonly directory: ChannelDirectory,
    private readonly sites: SiteDirectory,
    private readonly capture: CaptureService,
    private readonly ways: WaysIn,
    private readonly admission: Admission,
    private readonly metrics: ClickMetrics,
  ) {}

  /**
   * @param path in front of the fields' names: empty, or `clicks.3.`
   * @returns the call, or what is wrong with it
   * @throws Problem 403 when the page's origin is not on the site's list
   */
  understand(request: ClickRequest, context: CallContext, path = ''): Call | FieldFault[] | UnknownSlug {
    const { caller } = context;
    const faults =
      caller.kind === 'browser' ? browserFaults(request) : serverFaults(request, caller.site.siteId);
    const ownLink = ownLinkOf(request);
    if (ownLink === null) {
      faults.push({
        field: 'inviteLink',
        message: 'must be a whole invite link, such as https://t.me/+AbCdEfGh',
      });
    }
    if (faults.length > 0) return faults.map(({ field, message }) => ({ field: path + field, message }));

    const siteId = caller.kind === 'server' ? caller.site.siteId : (request.siteId ?? '');
    if (caller.kind === 'browser' && !this.sites.allows(siteId, caller.origin)) throw unknownOrigin();
    const channel = this.directory.bySlug(request.slug);
    if (channel?.siteId !== siteId) {
      return new UnknownSlug({ field: `${path}slug`, message: 'is no channel of this site' });
    }
    const about =
      caller.kind === 'server'
        ? { ip: givenIp(request), userAgent: request.visitor?.userAgent }
        : { ip: context.ip, userAgent: context.userAgent };
    const { kind } = kindByUserAgent(about.userAgent, this.sites.get(siteId)?.reviewBots);
    return { request, channel, ...about, ownLink: ownLink ?? undefined, isMachine: kind !== 'person' };
  }

  /** @throws Problem 429 when the site has too many clicks a second */
  checkSiteLimit(siteId: string, clicks: number): void {
    const waitMs = this.admission.siteWaitMs(siteId, clicks);
    if (waitMs > 0) throw tooMany(waitMs, 'Too many clicks of this site at once.');
  }

  async carryOut(call: Call, context: CallContext, isAdmitted = false): Promise<Answer> {
    const { request, channel, ip, userAgent, ownLink, isMachine } = call;
    const answer: Answer = isMachine
      ? { kind: 'bot', location: this.ways.shared(channel) }
      : await this.capture.capture({
          channel,
          facts: factsOfCall(request, userAgent),
          ip,
          traceparent: context.traceparent(),
          clickId: request.clickId,
          ownLink,
          isAdmitted,
          needsWay: true,
        });
    this.metrics.apiClicks.inc({ result: answer.kind });
    return answer;
  }
}

export const tooMany = (waitMs: number, detail: string): Problem =>
  new Problem(429, { detail, headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) } });

function browserFaults({ siteId, visitor, inviteLink }: ClickRequest): FieldFault[] {
  const faults: FieldFault[] = [];
  if (siteId === undefined) faults.push({ field: 'siteId', message: 'is missing: browsers name their site' });
  if (visitor !== undefined) faults.push({ field: 'visitor', message: 'is for servers only' });
  if (inviteLink !== undefined) faults.push({ field: 'inviteLink', message: 'is for servers only' });
  return faults;
}

function serverFaults(request: ClickRequest, siteOfKey: string): FieldFault[] {
  const faults: FieldFault[] = [];
  if (request.siteId !== undefined && request.siteId !== siteOfKey) {
    faults.push({ field: 'siteId', message: 'is not the site of this key' });
  }
  const { ip } = request.visitor ?? {};
  if (ip !== undefined && ip !== '' && givenIp(request) === undefined) {
    faults.push({ field: 'visitor.ip', message: 'must be an IPv4 or IPv6 address' });
  }
  return faults;
}

const givenIp = ({ visitor }: ClickRequest): string | undefined =>
  visitor?.ip === undefined ? undefined : clientIpOf([visitor.ip]);

/** @returns null for what is no invite link */
function ownLinkOf({ inviteLink }: ClickRequest): Call['ownLink'] | null {
  if (inviteLink === undefined || inviteLink === '') return undefined;
  const [location, linkKey] = [inviteAddress(inviteLink), linkKeyOf(inviteLink)];
  return location === undefined || linkKey === undefined ? null : { location, linkKey };
}
