/**
 * Machines that show what is behind a link before somebody taps it. `isbot` knows most of them; those here are named
 * because a link of ours in a chat always meets them, and a new version of the library must not let one through.
 */
export const PREVIEW_BOTS: readonly RegExp[] = [
  /TelegramBot/i,
  /^WhatsApp\//i,
  /facebookexternalhit|facebookcatalog|facebot/i,
  /meta-external(?:agent|fetcher)/i,
  /Twitterbot/i,
  /Slackbot|Slack-ImgProxy/i,
  /Discordbot/i,
  /Googlebot|Google-InspectionTool|GoogleOther|Google-PageRenderer|Google-Safety/i,
  /LinkedInBot/i,
  /SkypeUriPreview|Microsoft (?:Preview|Office)|BingPreview|TeamsBot/i,
  /vkShare|OdklBot/i,
  /^Viber\/|ViberUrlDownloader/i,
  /kakaotalk-scrap/i,
  /Pinterestbot|Pinterest\/0\./i,
  /redditbot/i,
  /Snap URL Preview Service/i,
  /Applebot/i,
  /Embedly|Iframely|Bitlybot|Mastodon\/|Bluesky Cardyb/i,
  /Line(?:bot|-Poker)|linespider/i,
  /Zalo(?:PC)?Bot|zaloapp-preview/i,
];

/**
 * Machines by which ad networks look at the page behind an ad. A site may count them (`reviewBots: 'count'`), so that
 * they see what a visitor sees, invite link and all.
 */
export const REVIEW_BOTS: readonly RegExp[] = [
  /TikTokSpider|Bytespider|TikTokAdsBot|BytedanceAds/i,
  /AdsBot-Google|Mediapartners-Google|APIs-Google|Google-Ads|Google-Adwords/i,
  /meta-externalads|facebookads/i,
  /SnapchatAds/i,
  /adidxbot/i,
  /YandexDirect|YandexAdNet|YaDirectFetcher/i,
  /AmazonAdBot/i,
];
