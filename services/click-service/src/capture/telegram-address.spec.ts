import { inviteAddress, publicAddress } from './telegram-address';

describe('addresses', () => {
  it.each([
    { url: 'https://t.me/+AbC-d_1', address: 'https://t.me/+AbC-d_1' },
    { url: 'https://telegram.me/joinchat/AbCd', address: 'https://t.me/+AbCd' },
    { url: 'https://evil.example/+AbCd', address: undefined },
    { url: 'https://t.me/+AbCd\r\nset-cookie: x=1', address: undefined },
  ])('invite link $url', ({ url, address }) => {
    expect(inviteAddress(url)).toBe(address);
  });

  it.each([
    { username: 'some_channel', address: 'https://t.me/some_channel' },
    { username: undefined, address: undefined },
    { username: '../evil', address: undefined },
    { username: 'evil.example/x', address: undefined },
  ])('public channel $username', ({ username, address }) => {
    expect(publicAddress(username === undefined ? {} : { username })).toBe(address);
  });
});
