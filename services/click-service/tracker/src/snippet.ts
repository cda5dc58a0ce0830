export interface SnippetOptions {
  /** Where visitors reach the click-service: PUBLIC_CLICK_URL, or a path of the page's own origin that leads to it. */
  readonly clickUrl: string;
  readonly siteId: string;
}

export interface LinkSnippetOptions {
  readonly clickUrl: string;
  readonly slug: string;
  /** What the visitor reads; `Join on Telegram` without it. */
  readonly text?: string;
}

/** The one line for the page's `<head>`. */
export const snippetOf = ({ clickUrl, siteId }: SnippetOptions): string =>
  `<script async src="${attribute(`${base(clickUrl)}/t.js`)}" data-site="${attribute(siteId)}"></script>`;

/**
 * A link to a channel that is right without the script, too: the page's address with its query goes along as referrer,
 * which browsers otherwise shorten to the origin when it goes to another one.
 */
export const linkSnippetOf = ({ clickUrl, slug, text = 'Join on Telegram' }: LinkSnippetOptions): string =>
  `<a href="${attribute(`${base(clickUrl)}/c/${slug}`)}" data-clickjoin="${attribute(slug)}" ` +
  `referrerpolicy="no-referrer-when-downgrade">${escaped(text)}</a>`;

const base = (clickUrl: string): string => clickUrl.replace(/\/+$/, '');

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

const attribute = (text: string): string => escaped(text).replace(/"/g, '&quot;');
