import type { Contender, Probe, Reading, Sample } from '../../bench';

/** What the contenders of an arena gave last, for the goals that are set between them. */
export class Scoreboard {
  private readonly latest = new Map<string, Sample>();

  contender(name: string, run: () => Promise<Sample>): Contender {
    return {
      name,
      run: async () => {
        const sample = await run();
        this.latest.set(name, sample);
        return sample;
      },
    };
  }

  /** @param detail the compared value without it; NaN for what was not measured */
  figure(name: string, detail?: string): number {
    const sample = this.latest.get(name);
    return (detail === undefined ? sample?.value : sample?.details[detail]) ?? NaN;
  }

  /** How many times one's figure is the other's, beside how many it is meant to be at least. */
  ratio(name: string, of: string, to: string, goal: number, detail?: string): Reading {
    return {
      name,
      unit: `× (goal: at least ${goal})`,
      value: this.figure(of, detail) / this.figure(to, detail),
    };
  }

  /** How the round went against what the service is meant to reach. */
  goals(readings: () => readonly Reading[]): Probe {
    return { name: 'goals', run: () => Promise.resolve(readings()) };
  }
}
