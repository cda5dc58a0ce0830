/**
 * The origin of an address as people type it: `example.com/lp` is meant as `https://example.com`.
 * @returns undefined for what is no address of a page.
 */
export function originOf(typed: string): string | undefined {
  const url = pageOf(typed);
  return url?.origin;
}

/** The address itself, with the scheme that was left out. */
export function pageOf(typed: string): URL | undefined {
  const text = typed.trim();
  if (text === '' || /\s/.test(text)) return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  // `shop` alone is a word, not a host on the web; `localhost:3000` and addresses are for trying.
  const isHost = url.hostname.includes('.') || url.hostname === 'localhost' || url.hostname.startsWith('[');
  return isHost ? url : undefined;
}
