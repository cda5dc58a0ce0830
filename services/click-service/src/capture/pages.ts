import type { ChannelConfigured } from '@clickjoin/contracts';

/** What a person or a machine sees instead of a redirect: small, without scripts, for phones. */
interface Page {
  readonly title: string;
  readonly text: string;
  readonly link?: { readonly href: string; readonly label: string };
}

/** For link previews and crawlers: says what is here, and uses up nothing. */
export function previewPage({ chat }: ChannelConfigured, address: string | undefined): string {
  return page({
    title: chat.title,
    text: 'A channel on Telegram.',
    ...(address === undefined ? {} : { link: { href: address, label: 'Open in Telegram' } }),
  });
}

/** Neither invite link nor public address: a matter of seconds mostly. */
export function noWayInPage({ chat }: ChannelConfigured): string {
  return page({
    title: chat.title,
    text: `The way in is being prepared. Please try again in a moment, or search Telegram for “${chat.title}”.`,
    link: { href: '', label: 'Try again' },
  });
}

export function unknownSlugPage(): string {
  return page({
    title: 'This link leads nowhere',
    text: 'The channel may have moved, or the address may be misspelt. Please go back to the page you came from.',
  });
}

export function notReadyPage(): string {
  return page({
    title: 'One moment, please',
    text: 'This service has just been started.',
    link: { href: '', label: 'Try again' },
  });
}

/** A browser throws it away; who sees it all the same gets on with one tap. */
export function speculativePage({ chat }: ChannelConfigured): string {
  return page({
    title: chat.title,
    text: 'A channel on Telegram.',
    link: { href: '', label: 'Open in Telegram' },
  });
}

function page({ title, text, link }: Page): string {
  const button = link === undefined ? '' : `<p><a href="${escape(link.href)}">${escape(link.label)}</a></p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta property="og:type" content="website">
<meta property="og:title" content="${escape(title)}">
<meta property="og:description" content="${escape(text)}">
<title>${escape(title)}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:20vh auto;padding:0 1.5rem;text-align:center}a{display:inline-block;padding:.6rem 1.4rem;border-radius:.5rem;background:#229ed9;color:#fff;text-decoration:none}</style>
</head>
<body><h1>${escape(title)}</h1><p>${escape(text)}</p>${button}</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Channel titles are anybody's text. */
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
