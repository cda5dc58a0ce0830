import { isOfSameOrigin } from './same-origin.guard';

it.each([
  { why: 'the page itself', headers: { 'sec-fetch-site': 'same-origin' }, allowed: true },
  { why: 'typed in by the user', headers: { 'sec-fetch-site': 'none' }, allowed: true },
  { why: 'another site', headers: { 'sec-fetch-site': 'cross-site' }, allowed: false },
  { why: 'a sibling domain may be a stranger’s', headers: { 'sec-fetch-site': 'same-site' }, allowed: false },
  { why: 'no browser', headers: { host: 'dash.example' }, allowed: true },
  {
    why: 'an old browser, here',
    headers: { host: 'dash.example', origin: 'https://dash.example' },
    allowed: true,
  },
  {
    why: 'an old browser, elsewhere',
    headers: { host: 'dash.example', origin: 'https://evil.example' },
    allowed: false,
  },
  { why: 'a sandboxed frame', headers: { host: 'dash.example', origin: 'null' }, allowed: false },
  {
    why: 'a proxy that has its own name for us',
    headers: { host: 'dashboard:4000', 'x-forwarded-host': 'dash.example', origin: 'https://dash.example' },
    allowed: true,
  },
  {
    why: 'the header that can’t be forged counts before the others',
    headers: { 'sec-fetch-site': 'cross-site', host: 'dash.example', origin: 'https://dash.example' },
    allowed: false,
  },
])('$why: $allowed', ({ headers, allowed }) => expect(isOfSameOrigin({ headers })).toBe(allowed));
