/**
 * What the page may do: load what this service serves, and talk to it, and nothing else. No inline script. Styles
 * that the UI library makes at run time carry the nonce of the answer (ADR 15).
 */
export const contentSecurityPolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** For everything that is no page: it can't do anything, should a browser be made to show it. */
const NO_PAGE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** On every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': NO_PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Ids of joins stand in the addresses of pages.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Only where the browser came by https: by http it would be ignored. */
export const STRICT_TRANSPORT = 'max-age=31536000';
