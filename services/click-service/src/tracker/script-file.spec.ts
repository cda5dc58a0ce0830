import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { codingFor, matchesEtag, trackerScriptOf } from './script-file';

it('has the same script in each coding, and a tag of its content', () => {
  const source = Buffer.from('void 0;'.repeat(100));
  const { bodies, etag } = trackerScriptOf(source);
  expect([bodies.identity, gunzipSync(bodies.gzip), brotliDecompressSync(bodies.br)]).toEqual([
    source,
    source,
    source,
  ]);
  expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
  expect(trackerScriptOf(Buffer.from(source)).etag).toBe(etag);
  expect(trackerScriptOf(Buffer.from('void 1')).etag).not.toBe(etag);
});

it.each([
  { accepts: undefined, coding: 'identity' },
  { accepts: '', coding: 'identity' },
  { accepts: 'gzip, deflate, br, zstd', coding: 'br' },
  { accepts: 'gzip, deflate', coding: 'gzip' },
  { accepts: 'GZIP;q=0.5', coding: 'gzip' },
  { accepts: 'br;q=0, gzip', coding: 'gzip' },
  { accepts: 'br;q=0.0, gzip;q=0', coding: 'identity' },
  { accepts: '*', coding: 'br' },
  { accepts: '*, br;q=0', coding: 'gzip' },
  { accepts: 'brotli, gzipped', coding: 'identity' },
  { accepts: ';;,=,q=0', coding: 'identity' },
])('Accept-Encoding "$accepts": $coding', ({ accepts, coding }) => {
  expect(codingFor(accepts)).toBe(coding);
});

it.each([
  { header: undefined, matches: false },
  { header: 'W/"abc"', matches: true },
  { header: '"abc"', matches: true },
  { header: '"x", W/"abc"', matches: true },
  { header: '*', matches: true },
  { header: '"abcd"', matches: false },
  { header: 'abc', matches: false },
])('If-None-Match $header', ({ header, matches }) => {
  expect(matchesEtag(header, 'W/"abc"')).toBe(matches);
});
