import fc from 'fast-check';
import { DeliveryQueue, type QueuedUpdate } from './delivery-queue';
import { retryDelayMs } from './retry-schedule';

const date = 1_790_000_000;
let lastId = 0;

function update(lane: string, at = date): QueuedUpdate {
  return { updateId: ++lastId, lane, date: at, body: '{}' };
}

function taken(queue: DeliveryQueue, elapsedMs: number): QueuedUpdate[] {
  const all: QueuedUpdate[] = [];
  for (let next = queue.take(elapsedMs, date); next; next = queue.take(elapsedMs, date)) all.push(next);
  return all;
}

const at = (failures: number): number => retryDelayMs(failures, 0);

describe('DeliveryQueue', () => {
  it('sends different lanes at once, and one lane one by one', () => {
    const queue = new DeliveryQueue(() => 10);
    const [a1, b1, a2] = [update('user:1'), update('user:2'), update('user:1')];
    for (const one of [a1, b1, a2]) queue.push(one, 0);
    expect(taken(queue, 0)).toEqual([a1, b1]);
    queue.acknowledged(a1, 5);
    expect(taken(queue, 5)).toEqual([a2]);
    expect(queue.counts).toMatchObject({ queued: 2, delivered: 1 });
  });

  it('tries a failing update at once, then after 2, 4, 8 s, and its lane waits', () => {
    const queue = new DeliveryQueue(() => 10);
    const [head, next] = [update('user:1'), update('user:1')];
    queue.push(head, 0);
    queue.push(next, 0);
    let now = 0;
    const waits = [0, 2000, 4000, 8000].map((expected) => {
      expect(queue.take(now, date)).toBe(head);
      queue.failed(head, now, at);
      const dueAt = queue.nextDueAt() ?? Number.NaN;
      expect(queue.take(dueAt - 1, date)).toBeUndefined();
      const waited = dueAt - now;
      now = dueAt;
      return { expected, waited };
    });
    for (const { expected, waited } of waits) expect(waited).toBe(expected);
    expect(queue.take(now, date)).toBe(head);
    queue.acknowledged(head, now);
    expect(queue.take(now, date)).toBe(next);
  });

  it('stalls when as many lanes fail as it keeps loaded, until one gets through', () => {
    const queue = new DeliveryQueue(() => 2);
    const [poisonA, poisonB, healthy] = [update('user:1'), update('user:2'), update('user:3')];
    for (const one of [poisonA, poisonB, healthy]) queue.push(one, 0);
    expect(taken(queue, 0)).toEqual([poisonA, poisonB]);
    queue.failed(poisonA, 0, () => 2000);
    queue.failed(poisonB, 0, () => 4000);
    expect(taken(queue, 1000)).toEqual([]);
    expect(queue.nextDueAt()).toBe(2000);
    expect(taken(queue, 2000)).toEqual([poisonA]);
    queue.acknowledged(poisonA, 2001);
    expect(taken(queue, 2001)).toEqual([healthy]);
  });

  it('drops an update a day after its date, and the next of its lane comes', () => {
    const queue = new DeliveryQueue(() => 10);
    const [old, young] = [update('user:1', date), update('user:1', date + 10)];
    queue.push(old, 0);
    queue.push(young, 0);
    expect(queue.take(0, date + 86_400)).toBe(young);
    expect(queue.counts).toMatchObject({ expired: 1, queued: 1 });
  });

  it('sends an update once more when its acknowledgement is lost, before the lane goes on', () => {
    const queue = new DeliveryQueue(() => 10);
    const [first, second] = [update('user:1'), update('user:1')];
    queue.push(first, 0);
    queue.push(second, 0);
    expect(queue.take(0, date)).toBe(first);
    queue.acknowledged(first, 1, true);
    expect(queue.take(1, date)).toBe(first);
    queue.acknowledged(first, 2, true);
    expect(queue.take(2, date)).toBe(second);
    expect(queue.counts).toMatchObject({ delivered: 1, redelivered: 1 });
  });

  it('lets other lanes overtake a delayed update, and nothing of its own lane', () => {
    const queue = new DeliveryQueue(() => 10);
    const [slow, behind, other] = [update('user:1'), update('user:1'), update('user:2')];
    queue.push(slow, 0, 500);
    queue.push(behind, 0);
    queue.push(other, 0);
    expect(taken(queue, 0)).toEqual([other]);
    expect(queue.nextDueAt()).toBe(500);
    expect(taken(queue, 500)).toEqual([slow]);
  });

  it('sends again what was in flight when the webhook changed, and ignores the late answer', () => {
    const queue = new DeliveryQueue(() => 10);
    const one = update('user:1');
    queue.push(one, 0);
    expect(queue.take(0, date)).toBe(one);
    queue.releaseInFlight(1);
    queue.acknowledged(one, 1);
    expect(queue.size).toBe(1);
    expect(queue.take(1, date)).toBe(one);
  });

  it('forgets what getUpdates confirms', () => {
    const queue = new DeliveryQueue(() => 10);
    const [one, two] = [update('user:2'), update('user:1')];
    queue.push(one, 0);
    queue.push(two, 0);
    expect(queue.waiting()).toEqual([one, two]);
    queue.confirmBelow(two.updateId, 0);
    expect(queue.waiting()).toEqual([two]);
    expect(queue.counts).toMatchObject({ queued: 1, delivered: 1 });
    expect(queue.take(0, date)).toBe(two);
  });

  it('keeps the order of each lane and loses nothing, whatever fails, is repeated, delayed or cut off', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('push' as const),
        lane: fc.integer({ min: 0, max: 3 }),
        delay: fc.nat(20),
      }),
      fc.record({
        do: fc.constant('answer' as const),
        as: fc.constantFrom('acknowledged', 'repeated', 'failed'),
        which: fc.nat(5),
      }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('release' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 5 }), (steps, maxLoaded) => {
        const queue = new DeliveryQueue(() => maxLoaded);
        const pushed = new Map<string, number[]>();
        const sent = new Map<string, number[]>();
        let inFlight: QueuedUpdate[] = [];
        let now = 0;
        const take = (): boolean => {
          const next = queue.take(now, date);
          if (!next) return false;
          expect(inFlight.some(({ lane }) => lane === next.lane)).toBe(false);
          const ofLane = sent.get(next.lane) ?? [];
          if (ofLane.at(-1) !== next.updateId) sent.set(next.lane, [...ofLane, next.updateId]);
          inFlight.push(next);
          return true;
        };
        for (const one of steps) {
          now += 3;
          if (one.do === 'push') {
            const created = update(`user:${one.lane}`);
            pushed.set(created.lane, [...(pushed.get(created.lane) ?? []), created.updateId]);
            queue.push(created, now, one.delay);
          } else if (one.do === 'take') take();
          else if (one.do === 'release') {
            queue.releaseInFlight(now);
            inFlight = [];
          } else {
            const chosen = inFlight.at(one.which % Math.max(1, inFlight.length));
            if (!chosen) continue;
            inFlight = inFlight.filter((other) => other !== chosen);
            if (one.as === 'failed') queue.failed(chosen, now, (failures) => failures * 2);
            else queue.acknowledged(chosen, now, one.as === 'repeated');
          }
        }
        // The receiver heals: all of it goes out.
        while (queue.size > 0) {
          now += 1000;
          while (take());
          for (const one of inFlight.splice(0)) queue.acknowledged(one, now);
        }
        expect(Object.fromEntries(sent)).toEqual(Object.fromEntries(pushed));
        const total = [...pushed.values()].flat().length;
        expect(queue.counts).toMatchObject({ queued: 0, delivered: total });
        expect(queue.nextDueAt()).toBeUndefined();
      }),
    );
  });
});
