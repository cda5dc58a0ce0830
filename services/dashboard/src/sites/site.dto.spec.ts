import { isOrigin } from './site.dto';

describe('isOrigin', () => {
  it.each([
    { text: 'https://example.com', is: true, name: 'as a browser sends it' },
    { text: 'http://localhost:8080', is: true, name: 'with a port that is not the usual one' },
    { text: 'https://example.com/', is: false, name: 'a slash is a path' },
    { text: 'https://example.com:443', is: false, name: 'browsers leave the usual port out' },
    { text: 'https://Example.com', is: false, name: 'browsers send lower case' },
    { text: 'https://*.example.com', is: false, name: 'no wildcard is ever sent' },
    { text: 'example.com', is: false, name: 'no scheme' },
    { text: 'null', is: false, name: 'what sandboxed frames send' },
    { text: 'file:///tmp', is: false, name: 'no web page' },
    { text: 7, is: false, name: 'no text' },
  ])('$text: $name', ({ text, is }) => expect(isOrigin(text)).toBe(is));
});
