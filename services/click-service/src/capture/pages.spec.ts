import type { ChannelConfigured } from '@clickjoin/contracts';
import { noWayInPage, previewPage } from './pages';

const channel = {
  chat: { title: `<script>alert('x')</script> & "friends"`, type: 'channel', isPublic: false },
} as ChannelConfigured;

describe('pages', () => {
  it("never let a channel's title become markup", () => {
    for (const html of [previewPage(channel, 'https://t.me/+AbCd'), noWayInPage(channel)]) {
      expect(html).not.toContain('<script');
      expect(html).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;friends&quot;');
    }
  });

  it('show link previews the title, and people the way', () => {
    const html = previewPage(channel, 'https://t.me/+AbCd');
    expect(html).toContain('<meta property="og:title" content="&lt;script');
    expect(html).toContain('<a href="https://t.me/+AbCd">');
    expect(previewPage(channel, undefined)).not.toContain('<a ');
  });
});
