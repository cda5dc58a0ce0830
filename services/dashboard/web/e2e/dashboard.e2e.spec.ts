import { setTimeout as pause } from 'node:timers/promises';
import { conversionIdOf, joinIdOf } from '@clickjoin/contracts';
import { startDemoSystem, type DemoSystem } from '@clickjoin/dev-stack';
import type { Browser, Locator, Page } from 'playwright-core';
import {
  accessFaults,
  DESKTOP,
  openBrowser,
  openSight,
  PHONE,
  picture,
  sidewaysScroll,
  type Sight,
} from './browser';
import { LandingPage } from './landing-page';
import { Visitors } from './visitors';

const BOT = {
  token: '7234567890:AAE-invented-token-of-nobody',
  username: 'acme_join_bot',
  name: 'Acme joins',
};
const PIXEL = { pixelCode: 'CACME000000000PIXEL', accessToken: 'invented-access-token-1' };
const TITLES = {
  script: '<script>document.title="hacked"</script><img src=x onerror=alert(1)>',
  rtl: 'قناة الإشارات الذهبية 🔥🚀',
  long: `Very ${'long '.repeat(40)}title`,
};

/** One installation, from empty to busy: what each test does is there for the next. */
describe('the dashboard in a browser', () => {
  let demo: DemoSystem;
  let browser: Browser;
  let sight: Sight;
  let page: Page;
  let landing: LandingPage;
  let visitors: Visitors;
  let site = '';
  let chatId = 0;

  beforeAll(async () => {
    [demo, browser, landing] = await Promise.all([
      startDemoSystem({ graceMs: 2_000 }),
      openBrowser(),
      LandingPage.open(),
    ]);
    sight = await openSight(browser, demo.system.services.dashboard.url);
    page = sight.page;
    visitors = new Visitors(demo);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([demo.stop(), landing.close()]);
  });
  afterEach(() => {
    // Splice: the next test answers for its own.
    expect(sight.complaints.splice(0)).toEqual([]);
    expect(demo.died).toEqual([]);
  });

  const button = (name: string | RegExp, within: Page | Locator = page): Locator =>
    within.getByRole('button', { name, exact: typeof name === 'string' });
  const field = (name: string | RegExp, within: Page | Locator = page): Locator =>
    within.getByLabel(name, { exact: typeof name === 'string' });
  /** The message at a field. */
  const fault = (input: 'TextInput' | 'PasswordInput', within: Page | Locator = page): Locator =>
    within.locator(`.mantine-${input}-error`);
  const dialog = (): Locator => page.getByRole('dialog');
  const show = async (path: string): Promise<void> => {
    await page.goto(`/sites/${site}/${path}`);
  };
  const rows = (table: string): Locator =>
    page.getByRole('table', { name: table }).locator('tbody').getByRole('row');
  const step = (name: string): Locator => page.locator(`[data-step="${name}"]`);
  const ticked = async (name: string): Promise<void> => {
    await page.locator(`[data-step="${name}"][data-done]`).waitFor({ timeout: 60_000 });
  };

  it('shows nothing but the sign-in page to whoever is not signed in', async () => {
    await page.goto('/sites/01900000-0000-7000-8000-000000000000/joins');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('link').count()).toBe(0);

    await button('Sign in').click();
    await page.getByText('Enter the password').waitFor();
    await field('Password').fill('wrong-password');
    await button('Sign in').click();
    await fault('PasswordInput').waitFor();
    await picture(page, 'sign-in');
    await field('Password').fill(demo.adminPassword);
    await page.keyboard.press('Enter');
    // Back where one wanted to go; in an empty system there is nothing of the kind.
    await page.getByText('There is no such page').waitFor();
    await page.getByRole('link', { name: 'To the overview' }).click();
    await page.getByRole('heading', { name: 'Welcome. What are you advertising?' }).waitFor();
  });

  it('leads from an empty system to the first accepted event', async () => {
    const startedAt = Date.now();
    await demo.sandbox.addBot(BOT);
    await demo.sandbox.addPixel(PIXEL);
    await picture(page, 'welcome');

    await button('Continue').click();
    await page.getByText('Give it a name').waitFor();
    await field('Name of the site').fill('Acme signals');
    await field('Address of your landing page').fill('no address');
    await button('Continue').click();
    await page.getByText('An address such as').waitFor();
    await field('Address of your landing page').fill(`${landing.origin}/offer`);
    await button('Continue').click();
    await page.waitForURL(/\/sites\/[^/]+\/setup/);
    site = /sites\/([^/]+)/.exec(page.url())?.[1] ?? '';

    await picture(page, 'setup-1-bot');
    await field('Bot token').fill('not a token');
    await button('Check and connect').click();
    await page.getByText('A bot token looks like').waitFor();
    await field('Bot token').fill('7999999999:AAE-a-token-that-telegram-does-not-know');
    await button('Check and connect').click();
    await fault('PasswordInput', step('bot')).waitFor();
    await field('Bot token').fill(BOT.token);
    await button('Check and connect').click();
    await ticked('bot');

    const deepLink = page.getByRole('link', { name: 'Add @acme_join_bot to a channel' });
    expect(await deepLink.getAttribute('href')).toMatch(
      /^https:\/\/t\.me\/acme_join_bot\?startchannel&admin=[a-z_+]*invite_users/,
    );
    await page.getByText('Waiting for your channel…').waitFor();
    await picture(page, 'setup-2-channel');
    ({ chatId } = await demo.sandbox.addChannel({ title: 'Acme VIP', type: 'channel' }));
    await demo.sandbox.makeAdmin(chatId, 7234567890);
    await button('Setup Acme VIP').click();
    await dialog().getByText('“CompleteRegistration”').waitFor();
    await dialog().getByText('"event": "CompleteRegistration"').waitFor();
    await picture(page, 'channel-dialog');
    await button('Save', dialog()).click();
    await ticked('channel');

    await field('Pixel code').fill('short');
    await button('Add the pixel').click();
    await page.getByText('8 to 64 letters and digits').waitFor();
    await field('Pixel code').fill(PIXEL.pixelCode);
    await field('Access token').fill(PIXEL.accessToken);
    await button('Add the pixel').click();
    await field('Test event code').fill('TEST12345');
    await button('Send test event').click();
    await ticked('pixel');

    await step('snippet').getByText('<script').waitFor();
    await picture(page, 'setup-4-snippet');
    landing.paste((await step('snippet').getByLabel('the snippet', { exact: true }).textContent()) ?? '');
    const opened = sight.context.waitForEvent('page');
    await button('Open and test').click();
    const tab = await opened;
    expect(tab.url()).toContain(landing.origin);
    await page
      .getByText('The script works on this page')
      .or(page.locator('[data-step="snippet"][data-done]'))
      .first()
      .waitFor();
    await ticked('snippet');
    await tab.close();

    await page.locator('[data-check="first-click"][data-state="waiting"]').waitFor();
    await picture(page, 'setup-5-results');
    await untilStocked('acme-vip');
    const invite = await visitors.click('acme-vip');
    await page.locator('[data-check="first-click"][data-state="ok"]').waitFor();
    await demo.sandbox.join({ via: 'link', inviteLink: invite });
    await page.getByText('Everything works.').waitFor({ timeout: 60_000 });
    await picture(page, 'setup-done');
    console.log(`from empty to the first accepted event: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    expect((await demo.sandbox.tiktokSummary()).accepted).toBe(1);
  });

  /** The first links are minted a moment after a channel is set up; until then the shared one is given. */
  async function untilStocked(slug: string): Promise<void> {
    for (;;) {
      if (/t\.me\/\+/.test(await visitors.click(slug)) && (await stockOf()) > 0) return;
      await pause(200);
    }
  }
  async function stockOf(): Promise<number> {
    const { channels } = await page.evaluate<{ channels: readonly { chatId: string; free: number }[] }>(
      "fetch('/v1/stock').then((response) => response.json())",
    );
    return channels.find((channel) => channel.chatId === String(chatId))?.free ?? 0;
  }

  it('counts on the overview what people did, and leads from a figure to its joins', async () => {
    for (let person = 0; person < 6; person++)
      await visitors.clickAndJoin('acme-vip', { ttclid: person > 1 });
    for (let person = 0; person < 3; person++) await visitors.addedByAdmin(chatId);
    await show('overview');
    const funnel = page.getByRole('list', { name: 'Funnel' });
    await funnel.getByRole('link', { name: /^Attributed ?7/ }).waitFor({ timeout: 30_000 });
    await funnel.getByRole('link', { name: /^Joins ?10/ }).waitFor({ timeout: 30_000 });
    await funnel.getByRole('link', { name: /^Accepted by TikTok ?7/ }).waitFor({ timeout: 30_000 });
    await page.getByRole('group', { name: 'Health' }).getByRole('button', { name: /Pixel/ }).click();
    await page.getByRole('dialog', { name: 'Pixel' }).waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('link', { name: /Added by an administrator/ }).click();
    await page.waitForURL(/joins\?.*reason=added-by-admin/);
    await rows('Joins').nth(2).waitFor();
    expect(await rows('Joins').count()).toBe(3);
  });

  it('shows joins as they happen, filtered and searched by the address', async () => {
    await show('joins');
    await rows('Joins').nth(9).waitFor();
    const { userId } = await visitors.addedByAdmin(chatId);
    await page.getByRole('cell', { name: String(userId) }).waitFor();

    await field('Outcome').selectOption('attributed');
    await page.waitForURL(/outcome=attributed/);
    await rows('Joins').nth(7).waitFor({ state: 'detached' });
    expect(await rows('Joins').count()).toBe(7);
    await field('Outcome').selectOption('');
    await field('Search joins').fill(String(userId));
    await page.waitForURL(new RegExp(`q=.*${userId}`));
    await rows('Joins').nth(1).waitFor({ state: 'detached' });
    await page.reload();
    await rows('Joins').first().waitFor();
    expect(await rows('Joins').count()).toBe(1);

    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);

    await rows('Joins').first().getByRole('link').click();
    await page.getByRole('heading', { name: /Why organic\?/ }).waitFor({ timeout: 30_000 });
    await picture(page, 'join-organic');
  });

  it('tells the story of an attributed join, up to the request and the answer', async () => {
    await show('joins?outcome=attributed');
    await rows('Joins').first().getByRole('link').click();
    const timeline = page.getByRole('region', { name: 'Timeline' });
    await timeline.getByRole('listitem').nth(4).waitFor();
    const decision = timeline.getByRole('listitem').filter({ hasText: 'Attributed to the click' });
    await decision.getByRole('time').waitFor();
    await picture(page, 'join-attributed');
    await page.getByRole('link', { name: 'Request and answer' }).first().click();
    await page.getByRole('region', { name: 'Attempts' }).getByText('code 0').waitFor();
    const body = field('Body of the request');
    await body.waitFor();
    expect(await body.textContent()).toContain('"event_id": "adtarget_');
    expect(await page.content()).not.toContain(PIXEL.accessToken);
    await picture(page, 'delivery-accepted');

    // What TikTok has counted is not sent again: the dry run says so before anything happens.
    await button('Replay…').click();
    await dialog().getByText('Refused, since they could count twice').waitFor();
    expect(await button('Send 0 again', dialog()).isDisabled()).toBe(true);
    await picture(page, 'replay-refused');
    await button('Cancel', dialog()).click();
  });

  it('pauses a pixel by hand, and replays what TikTok rejected', async () => {
    await show('settings/pixels');
    await button('More for TikTok pixel').click();
    await page.getByRole('menuitem', { name: 'Pause: let deliveries wait' }).click();
    await page.getByText('Paused by hand', { exact: true }).waitFor();
    const joined = await visitors.clickAndJoin('acme-vip');
    const joinId = joinIdOf(String(joined.chatId), String(joined.userId), joined.date);
    await show('deliveries?state=held');
    await page.getByText('is paused: its deliveries wait').waitFor();
    await rows('Deliveries').first().waitFor({ timeout: 30_000 });
    await demo.sandbox.setFaults({ tiktok: { rejectEventIds: [`adtarget_${conversionIdOf(joinId)}`] } });
    await show('settings/pixels');
    await button('Resume').click();
    await page.getByText('Paused by hand', { exact: true }).waitFor({ state: 'detached' });

    await show('deliveries?state=rejected');
    await rows('Deliveries').first().getByRole('link').click({ timeout: 40_000 });
    await page.getByText('code 40002').waitFor();
    await picture(page, 'delivery-rejected');
    await demo.sandbox.setFaults({ tiktok: { rejectEventIds: [] } });
    await show('deliveries');
    await button('Replay…').click();
    await button('Send 1 again', dialog()).click();
    await page.getByText('1 deliveries are on their way again.').waitFor();
    await show('deliveries?state=accepted');
    await rows('Deliveries').nth(7).waitFor({ timeout: 40_000 });
  });

  it('says that TikTok refuses a token, and goes on with a new one', async () => {
    await demo.sandbox.setFaults({ tiktok: { credentialErrors: { [PIXEL.pixelCode]: 40105 } } });
    await visitors.clickAndJoin('acme-vip');
    await show('settings/pixels');
    await page.getByText('TikTok refused the token or the pixel').waitFor({ timeout: 40_000 });
    await picture(page, 'pixel-refused');
    await demo.sandbox.setFaults({ tiktok: { credentialErrors: {} } });
    await demo.sandbox.setFaults({ tiktok: { credentialErrors: { [PIXEL.pixelCode]: null } } });
    await button('Enter a new token').click();
    await field('Access token', dialog()).fill(PIXEL.accessToken);
    await button('Save', dialog()).click();
    await page
      .getByText('TikTok refused the token or the pixel')
      .waitFor({ state: 'detached', timeout: 40_000 });
  });

  it('sets channels up whatever they are called, and names what is wrong at its field', async () => {
    const titles = Object.values(TITLES);
    for (const [index, title] of titles.entries()) {
      const isPublic = title === TITLES.rtl;
      const channel = await demo.sandbox.addChannel({
        title,
        type: 'channel',
        ...(isPublic ? { username: `gold_signals_${index}` } : {}),
      });
      await demo.sandbox.makeAdmin(channel.chatId, 7234567890);
    }
    await show('settings/channels');
    await rows('Channels').nth(3).waitFor({ timeout: 30_000 });
    expect(await page.title()).toBe('Settings · Clickjoin');

    await button(`Setup ${TITLES.script}`).click();
    await dialog().getByLabel('Custom event', { exact: true }).check();
    await field(/^Address of the tracked link/, dialog()).fill('Not A Slug');
    await button('Save', dialog()).click();
    await dialog().getByText('Give the event a name').waitFor();
    await dialog().getByText('Lower-case letters, digits and hyphens').waitFor();
    await dialog()
      .getByLabel(/^Name of the custom event/)
      .fill('VipJoin');
    await dialog().getByText('“VipJoin”').waitFor();
    // Only the API knows that another channel has it.
    await field(/^Address of the tracked link/, dialog()).fill('acme-vip');
    await button('Save', dialog()).click();
    await fault('TextInput', dialog()).waitFor();
    await field(/^Address of the tracked link/, dialog()).fill('odd');
    await button('Save', dialog()).click();
    await dialog().waitFor({ state: 'detached' });

    await button(`Setup ${TITLES.rtl}`).click();
    await dialog().getByText('This channel is public').waitFor();
    await button('How visitors come in, and how long a click counts', dialog()).click();
    await dialog().getByLabel('Through the bot (recommended here)').check();
    await picture(page, 'channel-dialog-public');
    await button('Save', dialog()).click();
    await dialog().waitFor({ state: 'detached' });
    await button(`Edit ${TITLES.rtl}`).click();
    await button('How visitors come in, and how long a click counts', dialog()).click();
    expect(await dialog().getByLabel('Through the bot (recommended here)').isChecked()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it('gives access to programs, and keeps a list of changes', async () => {
    await show('settings/access');
    await button('New token').click();
    await button('Make the token', dialog()).click();
    await dialog().getByText('Say what it is for').waitFor();
    await field('What is it for?', dialog()).fill('Nightly report');
    await button('Make the token', dialog()).click();
    const token = (await dialog().getByLabel('the token', { exact: true }).textContent()) ?? '';
    await button('Done', dialog()).click();
    await page.getByRole('cell', { name: 'Nightly report' }).first().waitFor();
    const call = (method: string): Promise<Response> =>
      fetch(`${demo.system.services.dashboard.url}/v1/sites`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: JSON.stringify({ name: 'Not allowed' }) } : {}),
      });
    expect((await call('GET')).status).toBe(200);
    expect((await call('POST')).status).toBe(403);

    await field('Password now').fill('wrong-password');
    await field('New password').fill('a new password');
    await field('New password once more').fill('another one');
    await button('Change the password').click();
    await page.getByText('The two differ').waitFor();
    await field('New password once more').fill('a new password');
    await button('Change the password').click();
    await fault('PasswordInput', page.getByRole('region', { name: 'Password' })).waitFor();
    await page.getByRole('table', { name: 'Changes' }).getByText('Nightly report').waitFor();
  });

  it('removes a site when nothing hangs on it and its name was typed', async () => {
    await page.goto('/welcome');
    await field('Name of the site').fill('Short-lived');
    await button('Continue').click();
    await page.waitForURL(/\/sites\/[^/]+\/setup/);
    const shortLived = /sites\/([^/]+)/.exec(page.url())?.[1] ?? '';
    const ask = async (siteId: string, name: string): Promise<void> => {
      await page.goto(`/sites/${siteId}/settings/snippet`);
      await button('Remove this site…').click();
      await dialog().getByText(`Remove ${name}?`).waitFor();
      expect(await button('Remove the site', dialog()).isDisabled()).toBe(true);
      await field('Type the name of the site', dialog()).fill(name);
    };

    await ask(site, 'Acme signals');
    await button('Remove the site', dialog()).click();
    await dialog().getByText('The site still has 3 channels and 1 pixel').waitFor();
    await picture(page, 'remove-site-refused');
    await button('Cancel', dialog()).click();
    await dialog().waitFor({ state: 'detached' });

    await ask(shortLived, 'Short-lived');
    await picture(page, 'remove-site');
    await field('Type the name of the site', dialog()).fill('Short');
    expect(await button('Remove the site', dialog()).isDisabled()).toBe(true);
    await field('Type the name of the site', dialog()).fill('Short-lived');
    await button('Remove the site', dialog()).click();
    await page.waitForURL(`**/sites/${site}/overview*`);
    await button('Site: Acme signals. Choose another').click();
    await page.getByRole('menuitem', { name: 'Add a site' }).waitFor();
    await page.getByRole('menuitem', { name: 'Short-lived' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.goto(`/sites/${shortLived}/overview`);
    await page.getByText('There is no such page').waitFor();
  });

  describe.each([
    { name: 'overview', path: 'overview', isThere: 'Over time' },
    { name: 'joins', path: 'joins', isThere: 'Joins' },
    { name: 'deliveries', path: 'deliveries', isThere: 'Deliveries' },
    { name: 'checklist', path: 'checklist', isThere: 'Checklist' },
    { name: 'setup', path: 'setup', isThere: 'Guided set-up' },
    { name: 'settings-channels', path: 'settings/channels', isThere: 'Settings' },
    { name: 'settings-pixels', path: 'settings/pixels', isThere: 'TikTok pixel' },
    { name: 'settings-snippet', path: 'settings/snippet', isThere: 'Tracked links' },
    { name: 'settings-bots', path: 'settings/bots', isThere: '@acme_join_bot' },
    { name: 'settings-access', path: 'settings/access', isThere: 'Changes' },
  ])('the page $name', ({ name, path, isThere }) => {
    it.each([
      { on: 'desktop', viewport: DESKTOP, colorScheme: 'light' as const },
      { on: 'desktop', viewport: DESKTOP, colorScheme: 'dark' as const },
      { on: 'phone', viewport: PHONE, colorScheme: 'light' as const },
    ])('is accessible and fits on a $on, $colorScheme', async ({ on, viewport, colorScheme }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await show(path);
      await page.getByRole('heading', { name: isThere }).first().waitFor();
      await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
      await picture(page, `${name}-${on}-${colorScheme}`);
      expect(await accessFaults(page)).toEqual([]);
      expect(await sidewaysScroll(page)).toBe(0);
    });
  });

  it('can be used by keyboard: to the content, along the menu, out of a dialog', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(DESKTOP);
    await show('joins');
    await rows('Joins').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');

    await show('settings/pixels');
    await button('Edit').focus();
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Edit');
  });

  it('ends the session everywhere in the browser', async () => {
    await button('Sign out').click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`/sites/${site}/overview`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(new URL(page.url()).searchParams.get('next')).toContain('/overview');
  });
});
