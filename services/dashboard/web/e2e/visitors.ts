import type { DemoSystem } from '@clickjoin/dev-stack';
import type { JoinResult } from '@clickjoin/sandbox';

const BROWSER =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 trill_350402';

/** People who see the ad. */
export class Visitors {
  private count = 0;

  constructor(private readonly demo: DemoSystem) {}

  /** Taps the tracked link. @returns where it led. */
  async click(slug: string, { ttclid = true } = {}): Promise<string> {
    const number = ++this.count;
    const url = new URL(`/c/${slug}`, this.demo.system.services['click-service'].url);
    if (ttclid) url.searchParams.set('ttclid', `E.C.P.visitor-${number}`);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { 'user-agent': BROWSER, 'x-forwarded-for': `203.0.113.${number % 250}` },
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    const location = response.headers.get('location');
    if (response.status !== 302 || location === null)
      throw new Error(`/c/${slug} answered ${response.status}`);
    return location;
  }

  /** Taps the tracked link and joins by what it leads to. */
  async clickAndJoin(slug: string, options?: { ttclid: boolean }): Promise<JoinResult> {
    return this.demo.sandbox.join({ via: 'link', inviteLink: await this.click(slug, options) });
  }

  /** Comes in without any ad. */
  addedByAdmin(chatId: number): Promise<JoinResult> {
    return this.demo.sandbox.join({ via: 'added-by-admin', chatId });
  }
}
