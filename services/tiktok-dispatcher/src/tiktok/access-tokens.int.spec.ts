import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { topics } from '@clickjoin/contracts';
import { readAll } from '@clickjoin/testing';
import { newPixel } from '../../test/invented';
import { World } from '../../test/world';

let world: World;
let quoting: Server;

/** A TikTok that quotes the token it was given, in everything that is written down or shown. */
beforeAll(async () => {
  quoting = createServer((request, response) => {
    const token = String(request.headers['access-token']);
    request.resume().on('end', () => {
      response.setHeader('x-quoted', token);
      response.end(
        JSON.stringify({
          code: request.url?.includes('batch') === true ? 50000 : 40001,
          message: `token ${token} may not`,
          request_id: token,
          data: { token },
        }),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(quoting, 'listening');
  world = await World.start('secrecy', {
    TIKTOK_API_URL: `http://127.0.0.1:${(quoting.address() as AddressInfo).port}/api`,
  });
});
afterAll(async () => {
  await world.end();
  quoting.closeAllConnections();
  quoting.close();
});

describe('the access tokens', () => {
  it('are in nothing that a run has written or answered', async () => {
    const answers: string[] = [];
    const ask = async (path: string, body?: object): Promise<void> => {
      answers.push(await (await world.ask(path, body)).text());
    };
    const site = await world.newSite({ testEventCode: 'TEST5' });
    const conversion = await world.convertOne(site);
    const deliveryId = world.idOf(conversion, site);
    await world.inState(deliveryId, 'held');
    // One that does not open, and one that is no header value.
    const broken = newPixel(`other:${Buffer.alloc(32, 7).toString('base64')}`, site.siteId, world.newToken());
    const odd = newPixel(world.place.secretKeys, site.siteId, `${world.newToken()}\nx: y`);
    await world.configure(broken);
    await world.configure(odd);
    const second = await world.convertOne(site);
    for (const pixel of [broken, odd]) await world.inState(world.idOf(second, { pixel }), 'held');

    for (const { pixelId } of [site.pixel, broken, odd]) {
      await ask(`pixels/${pixelId}/test`, { testEventCode: 'TEST5' });
      await ask(`pixels/${pixelId}`);
      await ask(`pixels/${pixelId}/resume`, {});
    }
    await ask(`deliveries/${deliveryId}`);
    await ask('replays', { filter: { siteId: site.siteId }, dryRun: false });
    await world.stopService();

    const tables = await world.query<{ tablename: string }[]>(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
    );
    const rows = await Promise.all(
      tables.map(async ({ tablename }) => JSON.stringify(await world.query(`SELECT * FROM "${tablename}"`))),
    );
    const records = await Promise.all(
      [topics.deliveryUpdated, topics.pixelStateChanged, topics.pixel].map(({ name }) =>
        readAll(world.place.topicPrefix + name),
      ),
    );
    const written = [
      ...answers,
      ...rows,
      ...records.flat().map(({ value }) => String(value)),
      ...world.logLines,
    ];
    // The check sees what it looks for: TikTok's words are everywhere, but for the token in them.
    expect(answers.join()).toContain('may not');
    expect(rows.join()).toContain('may not');
    expect(
      records
        .flat()
        .map(({ value }) => String(value))
        .join(),
    ).toContain('may not');
    expect(world.logLines.length).toBeGreaterThan(20);
    for (const token of world.tokens)
      for (const secret of [token, Buffer.from(token).toString('base64'), Buffer.from(token).toString('hex')])
        expect(written.filter((text) => text.includes(secret))).toEqual([]);
  });
});
