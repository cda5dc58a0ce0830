/** What stands where a secret or a person's data stood. */
export const REDACTED = '[redacted]';

/** Field names whose value is never logged, compared without case and punctuation: `Access-Token` is `accesstoken`. */
const SECRET_FIELDS = new Set([
  'accesstoken',
  'apikey',
  'authorization',
  'cookie',
  'cookies',
  'databaseurl',
  'password',
  'proxyauthorization',
  'secret',
  'secretkeys',
  'session',
  'sessionid',
  'setcookie',
  'token',
  'xtelegrambotapisecrettoken',
]);
const PERSONAL_FIELDS = new Set([
  'clientip',
  'forwarded',
  'ip',
  'person',
  'remoteaddress',
  'remoteip',
  'useragent',
  'visitor',
  'xforwardedfor',
  'xrealip',
]);
/** Bound values of a failed statement: whole rows of visitors and sealed tokens. */
const STATEMENT_FIELDS = new Set(['parameters']);
const SECRET_ENDINGS = ['token', 'secret', 'password', 'apikey'];

/** In running text: messages, URLs, stack traces, bodies quoted in errors. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\/bot\d+(?::|%3a)[^/\s"'?#\\]*/gi, `/bot${REDACTED}`],
  [/(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}/g, REDACTED],
  // TikTok's access tokens. Link keys have 64 digits and are needed to follow a click.
  [/(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/gi, REDACTED],
  [/\b(token|password|secret)\s+[A-Za-z0-9_-]{16,}/gi, `$1 ${REDACTED}`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, `$1:${REDACTED}@`],
  [/\b((?:set-)?cookie\\?["']?\s*[:=]\s*\\?["']?)[^"'\n\\]+/gi, `$1${REDACTED}`],
  [
    /((?:access|secret|session|refresh|auth|api|bot)?[-_ ]?(?:token|password|passwd|secret[-_]?keys?|api[-_ ]?key)|authorization|clickjoin_session|\bsecret|user[-_ ]?agent|x-forwarded-for|x-real-ip)(\\?["']?\s*[:=]\s*\\?["']?)(?!\[redacted\])[^\s"'\\,;&}]+/gi,
    `$1$2${REDACTED}`,
  ],
];

export function redactText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, REDACTED);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return clean;
}

/** A copy without secrets and personal data, at any depth. */
export function redactValue(value: unknown, secrets: readonly string[] = []): unknown {
  if (typeof value === 'string') return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isHidden(name, inner) ? REDACTED : redactValue(inner, secrets),
    ]),
  );
}

/** Redacts a finished JSON line, so that no way into the log goes round it: fields, bindings, messages, errors. */
export function redactLine(line: string, secrets: readonly string[] = []): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return redactText(line, secrets);
  }
  return `${JSON.stringify(redactValue(parsed, secrets))}\n`;
}

function isHidden(name: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return false;
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    SECRET_FIELDS.has(plain) ||
    PERSONAL_FIELDS.has(plain) ||
    STATEMENT_FIELDS.has(plain) ||
    SECRET_ENDINGS.some((ending) => plain.endsWith(ending))
  );
}
