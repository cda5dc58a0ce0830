import { linkSnippetOf, snippetOf } from './snippet';

const SITE_ID = '5f0c2c52-0e5e-4a5e-9d0b-2f4e3c1d7a10';

it.each(['https://click.example', 'https://click.example/', 'https://click.example//'])(
  'is one line for %s',
  (clickUrl) => {
    expect(snippetOf({ clickUrl, siteId: SITE_ID })).toBe(
      `<script async src="https://click.example/t.js" data-site="${SITE_ID}"></script>`,
    );
  },
);

it('takes a path of the page’s own origin', () => {
  expect(snippetOf({ clickUrl: '/join', siteId: SITE_ID })).toContain('src="/join/t.js"');
});

it('lets nothing out of its quotes', () => {
  const evil = '"><script>alert(1)</script>&';
  const text =
    snippetOf({ clickUrl: evil, siteId: evil }) + linkSnippetOf({ clickUrl: evil, slug: evil, text: '<b>' });
  expect(text).not.toMatch(/<script>alert|<b>/);
  expect(text.match(/"/g)).toHaveLength(10);
});

it('makes a link that is right without the script', () => {
  expect(linkSnippetOf({ clickUrl: 'https://click.example', slug: 'vip', text: 'Come & <see>' })).toBe(
    '<a href="https://click.example/c/vip" data-clickjoin="vip" referrerpolicy="no-referrer-when-downgrade">Come &amp; &lt;see></a>',
  );
});
