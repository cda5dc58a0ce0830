import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, testInfra, uniquePrefix } from '@clickjoin/testing';
import { startDashboard } from '../test/dashboard';
it('idle', async () => {
  const database = await createTestDatabase();
  const d = await startDashboard({ brokers: testInfra().brokers, databaseUrl: database.url, topicPrefix: uniquePrefix('idle') });
  await d.signIn();
  await sleep(5000);
  const before = process.cpuUsage(); const t = performance.now();
  await sleep(20000);
  const { user, system } = process.cpuUsage(before);
  console.log('idle cpu %', ((user + system) / 1000 / (performance.now() - t)) * 100);
  // a million joins
  await d.sql(`INSERT INTO channels (chat_id,type,title,is_public,observed_at) SELECT -1001000000000-g,'channel','Channel '||g,false,now() FROM generate_series(1,20) g`);
  await d.sql(`INSERT INTO joins (join_id, chat_id, joined_at, telegram_user_id, bot_id, route, has_link, link_is_own, link_is_matchable, conversion_id, click_id, site_id, method, clicked_at, click_age_ms, organic_reason)
   SELECT gen_random_uuid(), -1001000000001-(g%20), now()-(g||' seconds')::interval, 8000000000+g, 7, 'direct', true,true,true, CASE WHEN g%3=0 THEN gen_random_uuid() END, CASE WHEN g%3=0 THEN gen_random_uuid() END, CASE WHEN g%3=0 THEN '0198f3a0-0000-7000-8000-00000000a001'::uuid END, 'invite-link', now(), 5, CASE WHEN g%3=1 THEN 'no-invite-link' WHEN g%3=2 THEN 'rejoin' END FROM generate_series(1,1000000) g`);
  await d.sql(`INSERT INTO clicks SELECT gen_random_uuid(), '0198f3a0-0000-7000-8000-00000000a001', -1001000000001, now()-(g||' seconds')::interval, 'stock', true FROM generate_series(1,500000) g`);
  await d.sql(`INSERT INTO deliveries SELECT gen_random_uuid(), conversion_id, join_id, gen_random_uuid(), site_id, chat_id, 'e', 'n', 'accepted', 2, joined_at, joined_at FROM joins WHERE conversion_id IS NOT NULL`);
  await d.sql(`INSERT INTO attempts SELECT delivery_id, 1, now(), 5, 'accepted', 'x' FROM deliveries`);
  await d.sql('VACUUM ANALYZE');
  const s='0198f3a0-0000-7000-8000-00000000a001';
  for (const path of ['/v1/joins', '/v1/joins?status=organic', '/v1/joins?reason=rejoin&limit=200', `/v1/joins?siteId=${s}`, `/v1/joins?siteId=0198f3a0-0000-7000-8000-00000000a009`, '/v1/joins?chatId=-1001000000003&status=attributed', '/v1/deliveries', `/v1/deliveries?siteId=${s}&state=rejected`, '/v1/summary', `/v1/summary?siteId=${s}`, `/v1/summary?from=${new Date(Date.now()-86400000).toISOString()}`]) {
    const times: number[] = [];
    for (let i = 0; i < 4; i++) { const a = performance.now(); const r = await d.ask('GET', path); times.push(Math.round(performance.now() - a)); if (r.status !== 200) console.log(r.text); }
    console.log(path, times.join(' '));
  }
  await d.stop();
}, 300000);
