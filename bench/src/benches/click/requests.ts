/** What the visitors of all contenders send. */
export const SLUG = 'bench';
export const SITE_KEY = 'bench-site-key-of-nobody-0001';

const PHONE =
  'Mozilla/5.0 (Linux; Android 13; SM-A536B Build/TP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 ' +
  'Chrome/120.0.6099.144 Mobile Safari/537.36 trill_320403 BytedanceWebview/d8a21c6';
/** As long as those that TikTok sends mostly. */
const TTCLID = `E.C.P.${'CtMBhJ8fK2qQ0wZ7'.repeat(8)}`;

let sent = 0;
/** Ten digits, a new number each time: requests stay equally long. */
const serial = (): string => String(1_000_000_000 + (sent = (sent + 1) % 8_000_000_000));
/** Public addresses, all different for a long time. */
const address = (number: number): string =>
  `${20 + (number % 80)}.${(number >> 6) & 255}.${(number >> 14) & 255}.${1 + (number % 250)}`.padEnd(
    15,
    ' ',
  );

/** A server's call about its visitor. Each visitor has a ttclid and an address of their own. */
export function clickCall(): Buffer {
  const number = serial();
  const body = JSON.stringify({
    slug: SLUG,
    ttclid: TTCLID + number,
    utm: { source: 'tiktok', medium: 'cpc', campaign: 'summer-sale', content: 'video-7' },
    url: `https://shop.example/landing/summer?utm_source=tiktok&utm_medium=cpc&ttclid=${TTCLID}${number}`,
    referrer: 'https://www.tiktok.com/',
    visitor: { ip: address(Number(number)).trim(), userAgent: PHONE },
  });
  return Buffer.from(
    `POST /v1/clicks HTTP/1.1\r\nHost: click.example\r\nContent-Type: application/json\r\n` +
      `Authorization: Bearer ${SITE_KEY}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  );
}

/** The same visitor's tap on a link that the tracker has pointed at `/c/<slug>`. */
export function redirectCall(): Buffer {
  const number = serial();
  const page = encodeURIComponent(
    `https://shop.example/landing/summer?utm_source=tiktok&utm_medium=cpc&ttclid=${TTCLID}${number}`,
  );
  const query =
    `ttclid=${TTCLID}${number}&utm_source=tiktok&utm_medium=cpc&utm_campaign=summer-sale&utm_content=video-7` +
    `&url=${page}&ref=https%3A%2F%2Fwww.tiktok.com%2F`;
  return Buffer.from(
    `GET /c/${SLUG}?${query} HTTP/1.1\r\nHost: click.example\r\nUser-Agent: ${PHONE}\r\n` +
      `X-Forwarded-For: ${address(Number(number)).trim()}\r\nAccept: text/html\r\n\r\n`,
    'latin1',
  );
}
