import { createTestDatabase, type TestDatabase } from '@clickjoin/testing';
import {
  botClickCaptured,
  botStarted,
  clickCaptured,
  clickIdOf,
  CLICKED_AT,
  joinByCutLink,
  joinReceived,
  joinWithoutLink,
} from '../attribute/invented-events.fixture';
import { Erasure } from '../erasures/erasure';
import { ErasureStore } from '../erasures/erasure.store';
import { PlayedLog, PlayedService, type Input } from '../attribute/played-log.fixture';
import { ExplainReader } from './explain.reader';
import type { Explanation } from './explanation';
import { daysOrLess } from './plain-words';

const USER = 7_100_000_001;
const NOW = CLICKED_AT + 40_000;
const at = (ms: number): string => new Date(ms).toISOString();

let database: TestDatabase;
let service: PlayedService;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await PlayedService.start(database, {}, { providers: [ExplainReader, Erasure, ErasureStore] });
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});
beforeEach(() => service.playFrom(new PlayedLog(1), NOW));

const take = async (input: Input, ...events: object[]): Promise<void> => {
  for (const event of events) service.log.append(input, event, service.nowMs);
  await service.readAll([input]);
};
async function explain({ joinId }: { joinId: string }): Promise<Explanation> {
  const explanation = await service.get(ExplainReader).explain(joinId);
  if (explanation === undefined) throw new Error('the join is not known');
  return explanation;
}

it('tells of an attributed join what was known when, by which rule and which click', async () => {
  const join = joinReceived(1, { rule: { windowMs: 86_400_000 } });
  await take('clicks', clickCaptured(1));
  service.at(NOW + 5_000);
  await take('joins', join);
  const { words, decidedAt, ...data } = await explain(join);
  expect(data).toMatchObject({
    state: 'attributed',
    method: 'invite-link',
    decidedBy: 'join',
    clickId: clickIdOf(1),
    waitsUntil: at(NOW + 65_000),
    report: { partition: 0, offset: '0', loggedAt: at(NOW + 5_000), link: 'of the reporting bot' },
    rule: {
      windowMs: { value: 86_400_000, from: 'channel' },
      toleranceMs: { value: 2_000, from: 'default' },
      graceMs: { value: 60_000, from: 'default' },
      awaitsBotStart: { value: false, from: 'default' },
    },
    clicks: [{ verdict: 'credited', ageMs: 30_000, place: { offset: '0', loggedAt: at(NOW) } }],
    botStarts: [],
  });
  expect(Date.parse(decidedAt ?? '')).toBeGreaterThan(0);
  expect(words.join('\n')).toContain('at most 1 day old (channel)');
  expect(words.at(-1)).toBe('It is attributed by its invite link.');
});

it('tells of a waiting join until when it waits, and for what', async () => {
  const join = joinReceived(1);
  await take('joins', join);
  const { state, waitsFor, waitsUntil, clicks, words } = await explain(join);
  expect({ state, waitsFor, waitsUntil, clicks }).toEqual({
    state: 'waiting',
    waitsFor: 'click',
    waitsUntil: at(NOW + 60_000),
    clicks: [],
  });
  expect(words.at(-1)).toBe(`It waits until ${at(NOW + 60_000)} for the click of its link.`);
});

it.each([
  { name: 'a late click', verdict: 'late', reason: 'no-click' },
  {
    name: 'a click of another person',
    verdict: 'credited-to-another-person',
    reason: 'link-already-converted',
  },
  { name: 'a click of before', verdict: 'credited-to-the-same-person', reason: 'rejoin' },
  { name: 'a click outside the window', verdict: 'outside-window', reason: 'click-outside-window' },
])('tells of $name', async ({ verdict, reason }) => {
  const join = joinReceived(1, { userId: USER, joinedAtMs: CLICKED_AT + 39_000 });
  if (verdict === 'late') {
    await take('joins', join);
    service.at(NOW + 60_001);
    await take('clicks', clickCaptured(1));
    service.at(NOW + 70_000);
    await service.close();
  } else {
    const capturedAt = at(CLICKED_AT - (verdict === 'outside-window' ? 8 * 86_400_000 : 0));
    await take('clicks', clickCaptured(1, { capturedAt }));
    const userId = verdict === 'credited-to-the-same-person' ? USER : USER + 1;
    if (verdict !== 'outside-window') await take('joins', joinReceived(1, { userId }));
    await take('joins', join);
  }
  const explanation = await explain(join);
  expect(explanation).toMatchObject({ state: 'organic', reason, clicks: [{ verdict }] });
});

it('claims of a link whose person was erased not that somebody else was credited', async () => {
  const join = joinReceived(1, { userId: USER });
  await take('clicks', clickCaptured(1));
  await take('joins', joinReceived(1, { userId: USER + 1 }));
  await service.get(Erasure).erase(String(USER + 1));
  await take('joins', join);
  const { reason, clicks, words } = await explain(join);
  expect({ reason, verdicts: clicks.map(({ verdict }) => verdict) }).toEqual({
    reason: 'link-already-converted',
    verdicts: ['erased'],
  });
  expect(words.join('\n')).toContain('was erased with the person whose it was');
});

it('says of a rejoin without a link no more than the update shows', async () => {
  const join = joinWithoutLink(1, { rejoin: true });
  await take('joins', join);
  expect((await explain(join)).words.at(-1)).toContain('the person had been in the channel before');
});

it('tells which starts of the bot were looked at', async () => {
  const join = joinWithoutLink(0, { userId: USER, rule: { awaitsBotStart: true } });
  await take('clicks', botClickCaptured(2), botClickCaptured(3));
  await take(
    'starts',
    botStarted(1, USER, { startedAtMs: CLICKED_AT + 60_000 }),
    botStarted(2, USER),
    botStarted(3, USER),
  );
  await take('joins', join);
  const { method, clicks, botStarts, words } = await explain(join);
  expect(method).toBe('bot-start');
  expect(botStarts.map(({ verdict }) => verdict)).toEqual(['after-the-join', 'considered', 'considered']);
  expect(clicks.map(({ verdict }) => verdict)).toEqual(['credited', 'not-needed']);
  expect(words.at(-1)).toBe('It is attributed by the start of the bot.');
});

it('tells of a cut link, and knows nothing of a join that it has not', async () => {
  const join = joinByCutLink(1);
  await take('joins', join);
  expect((await explain(join)).report.link).toBe('of somebody else');
  expect(await service.get(ExplainReader).explain(clickIdOf(1))).toBeUndefined();
});

it.each([
  [86_400_000, '1 day'],
  [604_800_000, '7 days'],
  [90_000, '90 seconds'],
  [1_500, '1500 milliseconds'],
  [0, '0 milliseconds'],
])('says %i ms as %s', (ms, words) => expect(daysOrLess(ms)).toBe(words));
