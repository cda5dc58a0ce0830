import fc from 'fast-check';
import { inviteCodeOf, linkKeyOf } from './invite-link';

/** SHA-256 of `Qx3vTn8LkZ1hYzVi`, made with another tool. */
const KEY = 'cc43182c1c30e40af22be04c00b17eb1fbb7d5df53505492b21f04e4cf21d0b2';

describe('linkKeyOf', () => {
  it.each([
    { form: 'as createChatInviteLink returns it', link: 'https://t.me/+Qx3vTn8LkZ1hYzVi' },
    { form: 'http', link: 'http://t.me/+Qx3vTn8LkZ1hYzVi' },
    { form: 'without scheme', link: 't.me/+Qx3vTn8LkZ1hYzVi' },
    { form: 'host in upper case', link: 'HTTPS://T.ME/+Qx3vTn8LkZ1hYzVi' },
    { form: 'with www', link: 'https://www.t.me/+Qx3vTn8LkZ1hYzVi' },
    { form: 'the older path', link: 'https://t.me/joinchat/Qx3vTn8LkZ1hYzVi' },
    { form: 'the older host', link: 'https://telegram.me/joinchat/Qx3vTn8LkZ1hYzVi' },
    { form: 'the mirror host', link: 'https://telegram.dog/+Qx3vTn8LkZ1hYzVi' },
    { form: 'the app scheme', link: 'tg://join?invite=Qx3vTn8LkZ1hYzVi' },
    { form: 'the app scheme without slashes', link: 'tg:join?invite=Qx3vTn8LkZ1hYzVi' },
    { form: 'the app scheme with other parameters', link: 'tg://join?a=b&invite=Qx3vTn8LkZ1hYzVi&c=d' },
    { form: 'with a trailing slash', link: 'https://t.me/+Qx3vTn8LkZ1hYzVi/' },
    { form: 'with a query', link: 'https://t.me/+Qx3vTn8LkZ1hYzVi?utm_source=x' },
    { form: 'with a fragment', link: 'https://t.me/+Qx3vTn8LkZ1hYzVi#top' },
    { form: 'with spaces around', link: ' https://t.me/+Qx3vTn8LkZ1hYzVi\n' },
  ])('is the same for the link $form', ({ link }) => expect(linkKeyOf(link)).toBe(KEY));

  it('tells codes apart that differ only in case', () => {
    expect(linkKeyOf('https://t.me/+qx3vTn8LkZ1hYzVi')).not.toBe(KEY);
  });

  it.each([
    { reason: 'a link of another admin is cut', link: 'https://t.me/joinchat/MeASP-Wi...' },
    { reason: 'a cut link in the newer form', link: 'https://t.me/+Qx3vTn8L...' },
    { reason: 'a cut link in the app scheme', link: 'tg://join?invite=Qx3vTn8L...' },
    { reason: 'a cut link with an ellipsis character', link: 'https://t.me/+Qx3vTn8L…' },
    { reason: 'no code', link: 'https://t.me/+' },
    { reason: 'no code after joinchat', link: 'https://t.me/joinchat/' },
    { reason: 'a public username', link: 'https://t.me/durov_example' },
    { reason: 'a folder link', link: 'https://t.me/addlist/Qx3vTn8LkZ1hYzVi' },
    { reason: 'another host', link: 'https://t.me.example.com/+Qx3vTn8LkZ1hYzVi' },
    { reason: 'a host that only ends alike', link: 'https://not-t.me/+Qx3vTn8LkZ1hYzVi' },
    {
      reason: 'the link is inside another URL',
      link: 'https://example.com/?to=https://t.me/+Qx3vTn8LkZ1hYzVi',
    },
    { reason: 'another scheme', link: 'ftp://t.me/+Qx3vTn8LkZ1hYzVi' },
    { reason: 'characters that no code has', link: 'https://t.me/+Qx3v Tn8L' },
    { reason: 'nothing', link: '' },
  ])('is undefined for $link ($reason)', ({ link }) => {
    expect(inviteCodeOf(link)).toBeUndefined();
    expect(linkKeyOf(link)).toBeUndefined();
  });

  it('gives back every code, and keeps codes apart', () => {
    const code = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
    fc.assert(
      fc.property(code, code, (one, other) => {
        expect(inviteCodeOf(`https://t.me/+${one}`)).toBe(one);
        expect(linkKeyOf(`t.me/+${one}`) === linkKeyOf(`tg://join?invite=${other}`)).toBe(one === other);
      }),
    );
  });

  it('takes any text without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(() => linkKeyOf(text)).not.toThrow()));
  });
});
