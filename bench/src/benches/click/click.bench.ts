import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { topics } from '@clickjoin/contracts';
import { freePort, ServiceProcess } from '@clickjoin/dev-stack';
import type { Arena, Bench, Contender, Load, Probe, Reading, Sample } from '../../bench';
import { closeLanes, openLanes } from '../http/http-lane';
import { asFastAsItGoes, atConstantRate, countOf } from '../http/load';
import { Scoreboard } from '../http/scoreboard';
import { BenchInstallation } from './installation';
import { clickCall, redirectCall, SITE_KEY, SLUG } from './requests';

const RATE = 5_000;
/** No contender here does more, so the stock outlasts a run. */
const MOST_PER_SECOND = 40_000;
const CLICKS_TOPIC = topics.clickCaptured.name;
const NAMES = {
  ours: 'this service, JSON',
  redirect: 'this service, redirect',
  nest: 'Nest on Express, a send each',
  sendEach: 'bare Fastify, a send each',
  batching: 'bare Fastify, same batching',
} as const;
const [AT_256, P50, P99] = ['256/s', `p50 ms at ${RATE}/s`, `p99 ms at ${RATE}/s`] as const;

interface Sizes {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** A contender as a process of its own; it runs only while it is measured. */
interface Side {
  readonly process: ServiceProcess;
  readonly port: number;
  readonly topic: string;
  readonly success: number;
  readonly request: () => Buffer;
  /** Its links come from the stock: none may go to two visitors. */
  readonly hasOwnLinks: boolean;
}

/**
 * The whole way of a click over HTTP: body checked, link taken, record acknowledged by Kafka (acks=all), answer. Each
 * contender is a process of its own, started for its turn. After each turn the topic must hold as many new records as
 * there were 2xx (302) answers, and of ours each with a link of its own.
 */
export const clickBench: Bench = {
  name: 'click',
  summary: 'POST /v1/clicks and the redirect against the usual ways to write it, at 64 and 256 connections',
  unit: 'clicks/s at 64 connections',
  open,
};

async function open({ quick = false }: Load): Promise<Arena> {
  const sizes = quick ? { seconds: 2, warmUpSeconds: 1 } : { seconds: 8, warmUpSeconds: 3 };
  const installation = await BenchInstallation.start();
  const board = new Scoreboard();
  const contender = (name: string, side: () => Promise<Side>): Contender =>
    board.contender(name, async () => measure(await side(), installation, sizes));
  const ours = (request: () => Buffer, success: number) => () =>
    ourSide(installation, sizes, request, success);
  return {
    contenders: [
      contender(NAMES.ours, ours(clickCall, 202)),
      contender(NAMES.redirect, ours(redirectCall, 302)),
      contender(NAMES.nest, () => peerSide(installation, 'nest-express')),
      contender(NAMES.sendEach, () => peerSide(installation, 'fastify-send-each')),
      contender(NAMES.batching, () => peerSide(installation, 'fastify-batching')),
    ],
    probes: [goals(board)],
    close: () => installation.close(),
  };
}

async function ourSide(
  installation: BenchInstallation,
  { seconds, warmUpSeconds }: Sizes,
  request: () => Buffer,
  success: number,
): Promise<Side> {
  const links = (2 * seconds + warmUpSeconds) * MOST_PER_SECOND + seconds * RATE;
  const started = await startOurs(installation, links);
  return { ...started, topic: CLICKS_TOPIC, success, request, hasOwnLinks: true };
}

/** The service as it is built, with so many links in its stock. */
export async function startOurs(
  installation: BenchInstallation,
  links: number,
  env: Readonly<Record<string, string>> = {},
): Promise<{ process: ServiceProcess; port: number }> {
  const port = await freePort();
  const process = new ServiceProcess({
    name: 'click-service',
    entry: join(__dirname, '../../../../services/click-service/dist/main.js'),
    env: { ...installation.serviceEnv(), ...env, PORT: String(port) },
    port,
  });
  // The first start makes the database.
  await process.start();
  await installation.fillStock(links);
  await process.restart();
  await stocked(port);
  return { process, port };
}

async function peerSide(installation: BenchInstallation, peer: string): Promise<Side> {
  const port = await freePort();
  const topic = await installation.newTopic(peer);
  const process = new ServiceProcess({
    name: peer,
    entry: join(__dirname, 'peers', `${peer}.js`),
    env: { PORT: String(port), KAFKA_BROKERS: installation.brokers, TOPIC: topic, SITE_KEY },
    port,
  });
  await process.start();
  return { process, port, topic, success: 202, request: clickCall, hasOwnLinks: false };
}

/** Until a visitor gets an own link. The probe is a machine's, so it uses none up. */
async function stocked(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    const leased = /clickjoin_click_leased_links\{[^}]*\} (\d+)/.exec(await response.text())?.[1];
    const known = await fetch(`http://127.0.0.1:${port}/c/${SLUG}`, { method: 'HEAD' });
    if (Number(leased ?? 0) > 0 && known.status === 200) return;
    await pause(100);
  }
  throw new Error('the service leased no links');
}

async function measure(
  side: Side,
  installation: BenchInstallation,
  { seconds, warmUpSeconds }: Sizes,
): Promise<Sample> {
  const { port, request, topic, success } = side;
  const before = await installation.endOf(topic);
  const [few, many] = [await openLanes(port, 64), await openLanes(port, 256)];
  try {
    const warmUp = await asFastAsItGoes(few, warmUpSeconds, request);
    const at64 = await asFastAsItGoes(few, seconds, request);
    const at256 = await asFastAsItGoes(many, seconds, request);
    // What the storm before has left behind is not what is timed here.
    await pause(500);
    const constant = await atConstantRate(many, seconds, RATE, request);
    const safe = countOf([warmUp, at64, at256, constant], success);
    const written = sum(await installation.endOf(topic)) - sum(before);
    if (written !== safe) throw new Error(`${written} records for ${safe} answers that say they are safe`);
    if (side.hasOwnLinks) {
      const links = await installation.keysSince(topic, before, written);
      if (links !== written) throw new Error(`${links} links for ${written} visitors`);
    }
    return {
      value: at64.perSecond,
      details: {
        [AT_256]: at256.perSecond,
        'p99 ms at 64': at64.p99Ms,
        [P50]: constant.p50Ms,
        [P99]: constant.p99Ms,
      },
    };
  } finally {
    closeLanes([...few, ...many]);
    await side.process.stop();
  }
}

const sum = (offsets: ReadonlyMap<number, number>): number =>
  [...offsets.values()].reduce((total, offset) => total + offset, 0);

/** So many times its peers, and a p99 in time. */
function goals(board: Scoreboard): Probe {
  const both = (name: string, of: string, to: string, at64: number, at256: number): Reading[] => [
    board.ratio(`${name}, 64 connections`, of, to, at64),
    board.ratio(`${name}, 256 connections`, of, to, at256, AT_256),
  ];
  const inTime = (what: string, of: string): Reading => ({
    name: `p99 at ${RATE}/s, ${what}`,
    unit: 'ms',
    value: board.figure(of, P99),
    atMost: 25,
  });
  return board.goals(() => [
    ...both('against Nest on Express', NAMES.ours, NAMES.nest, 7, 7),
    ...both('against a send each', NAMES.ours, NAMES.sendEach, 2.3, 3),
    ...both('against the same batching', NAMES.ours, NAMES.batching, 0.9, 0.9),
    ...both('redirect against JSON', NAMES.redirect, NAMES.ours, 0.8, 0.8),
    inTime('JSON', NAMES.ours),
    inTime('redirect', NAMES.redirect),
  ]);
}
