import { visitKindOf, type VisitSigns } from './visit-kind';

const CHROME =
  'Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36';
const TIKTOK_ANDROID =
  'Mozilla/5.0 (Linux; Android 13; SM-A536B Build/TP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 ' +
  'Chrome/120.0.6099.144 Mobile Safari/537.36 trill_320403 JsSdk/1.0 NetType/WIFI Channel/googleplay ' +
  'AppName/musical_ly app_version/32.4.3 ByteLocale/en Region/GB BytedanceWebview/d8a21c6';
const TIKTOK_IOS =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 ' +
  'musical_ly_32.5.0 JsSdk/2.0 NetType/WIFI Channel/App Store Region/US WKWebView/1 BytedanceWebview/d8a21c6';

const NO_SIGNS: VisitSigns = {
  method: 'GET',
  userAgent: CHROME,
  secPurpose: undefined,
  purpose: undefined,
  xPurpose: undefined,
  xMoz: undefined,
};

describe('visitKindOf', () => {
  it.each([
    { name: 'a phone browser', userAgent: CHROME },
    { name: "TikTok's in-app browser on Android", userAgent: TIKTOK_ANDROID },
    { name: "TikTok's in-app browser on iOS", userAgent: TIKTOK_IOS },
    {
      name: "Facebook's in-app browser",
      userAgent:
        'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/443]',
    },
    {
      name: "Instagram's in-app browser",
      userAgent:
        'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Mobile Instagram 300.0',
    },
    {
      name: 'a phone brand that ends in "bot"',
      userAgent:
        'Mozilla/5.0 (Linux; Android 10; CUBOT_P40) AppleWebKit/537.36 Chrome/91.0 Mobile Safari/537.36',
    },
    { name: 'no user agent: nothing says that it is a machine', userAgent: undefined },
    { name: 'an ordinary navigation that names its purpose', userAgent: CHROME, purpose: 'navigate' },
  ])('$name is a person', (signs) => {
    expect(visitKindOf({ ...NO_SIGNS, ...signs })).toEqual({ kind: 'person' });
  });

  it.each([
    { name: 'Chromium prefetch', secPurpose: 'prefetch' },
    { name: 'Chromium prerender', secPurpose: 'prefetch;prerender' },
    { name: 'Chromium through a proxy', secPurpose: 'prefetch;anonymous-client-ip' },
    { name: 'older Chromium', purpose: 'prefetch' },
    { name: 'older Safari', xPurpose: 'preview' },
    { name: 'Firefox', xMoz: 'prefetch' },
    { name: 'upper case', secPurpose: 'Prefetch' },
    { name: 'a HEAD that is speculative', method: 'HEAD', secPurpose: 'prefetch' },
  ])('$name is speculative', (signs) => {
    expect(visitKindOf({ ...NO_SIGNS, ...signs })).toEqual({ kind: 'speculative' });
  });

  it('HEAD is a preview, whoever sends it', () => {
    expect(visitKindOf({ ...NO_SIGNS, method: 'HEAD' })).toEqual({ kind: 'preview', reason: 'head' });
  });

  it.each([
    'TelegramBot (like TwitterBot)',
    'WhatsApp/2.23.20.0',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'Twitterbot/1.0',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Slack-ImgProxy (+https://api.slack.com/robots)',
    'Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)',
    'SkypeUriPreview Preview/0.5',
    'vkShare; (+http://vk.com/dev/Share)',
    'Mozilla/5.0 (compatible; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/)',
    'Mozilla/5.0 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)',
    'Mozilla/5.0 (Macintosh) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Applebot/0.1)',
    'Iframely/1.3.1 (+https://iframely.com/docs/about)',
    'LinkedInBot/1.0',
    'Viber/13.0',
    'curl/8.5.0',
  ])('%s is a preview', (userAgent) => {
    expect(visitKindOf({ ...NO_SIGNS, userAgent })).toEqual({ kind: 'preview', reason: 'bot' });
  });

  describe.each([
    'Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; TikTokSpider; ttspider-feedback@tiktok.com)',
    'Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)',
    'AdsBot-Google (+http://www.google.com/adsbot.html)',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 14_7 like Mac OS X) Mobile Safari (compatible; AdsBot-Google-Mobile)',
    'meta-externalads/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)',
    'SnapchatAds/1.0',
    'Mozilla/5.0 (compatible; adidxbot/2.0; +http://www.bing.com/bingbot.htm)',
  ])('%s, which reviews ads,', (userAgent) => {
    it('is a machine by default', () => {
      const expected = { kind: 'preview', reason: 'review-bot' };
      expect(visitKindOf({ ...NO_SIGNS, userAgent })).toEqual(expected);
      expect(visitKindOf({ ...NO_SIGNS, userAgent }, 'ignore')).toEqual(expected);
    });
    it('counts where the site says so', () => {
      expect(visitKindOf({ ...NO_SIGNS, userAgent }, 'count')).toEqual({ kind: 'person' });
      expect(visitKindOf({ ...NO_SIGNS, userAgent, method: 'HEAD' }, 'count')).toMatchObject({
        kind: 'preview',
      });
    });
  });

  it('a site that counts review bots counts no previews', () => {
    const userAgent = 'TelegramBot (like TwitterBot)';
    expect(visitKindOf({ ...NO_SIGNS, userAgent }, 'count')).toEqual({ kind: 'preview', reason: 'bot' });
  });
});
