import type { Contender, Probe, Reading, Sample } from './bench';
import { median } from './statistics';

export interface Result {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly median: number;
  readonly details: Readonly<Record<string, number>>;
  /** Ours divided by this one: above 1, ours is faster. */
  readonly ratioOfOurs: number;
}

/**
 * All contenders in each round, the first to go another one each time, so that a machine that grows warm, or busy
 * with something else, disadvantages nobody. A round before the first warms up and does not count.
 */
export async function runRounds(
  contenders: readonly Contender[],
  rounds: number,
  onProgress: (text: string) => void = () => undefined,
  afterRound: (round: number) => Promise<void> = () => Promise.resolve(),
): Promise<readonly Result[]> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of rotated(contenders, round)) {
      const sample = await contender.run(round === 0);
      onProgress(
        `${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${contender.name} ${Math.round(sample.value)}`,
      );
      if (round > 0) samples.get(contender.name)?.push(sample);
    }
    if (round > 0) await afterRound(round);
  }
  const [first] = contenders;
  if (first === undefined) return [];
  const ours = median((samples.get(first.name) ?? []).map(({ value }) => value));
  return contenders.map(({ name }) => {
    const own = samples.get(name) ?? [];
    const middle = median(own.map(({ value }) => value));
    return { name, samples: own, median: middle, details: medianDetails(own), ratioOfOurs: ours / middle };
  });
}

const rotated = <T>(all: readonly T[], by: number): T[] => [
  ...all.slice(by % all.length),
  ...all.slice(0, by % all.length),
];

function medianDetails(samples: readonly Sample[]): Record<string, number> {
  const names = Object.keys(samples[0]?.details ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(samples.map(({ details }) => details[name] ?? 0))]),
  );
}

/** The readings of all rounds under their names. */
export class Readings {
  private readonly byName = new Map<string, Reading[]>();

  /** Those whose turn it is. @param round counted from 1 */
  async take(
    probes: readonly Probe[],
    onProgress: (text: string) => void,
    round: number,
    rounds: number,
  ): Promise<void> {
    for (const probe of probes.filter(({ rounds: own = rounds }) => round > rounds - own)) {
      for (const reading of await probe.run(round)) {
        this.byName.set(reading.name, [...(this.byName.get(reading.name) ?? []), reading]);
        onProgress(`${reading.name}: ${reading.value.toPrecision(3)} ${reading.unit}`);
      }
    }
  }

  results(): readonly ReadingResult[] {
    return [...this.byName].flatMap(([name, readings]) => {
      const [first] = readings;
      if (first === undefined) return [];
      const values = readings.map(({ value }) => value);
      const { unit, atMost } = first;
      return [{ name, unit, values, median: median(values), ...(atMost === undefined ? {} : { atMost }) }];
    });
  }
}

export interface ReadingResult {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly median: number;
  readonly atMost?: number;
}
