export interface ConfigFault {
  readonly variable: string;
  /** What is wrong, to be read after the variable's name. Never holds a secret. */
  readonly problem: string;
  readonly example?: string | undefined;
}

/** All faults of the environment at once, so that a new installation isn't mended one restart at a time. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly ConfigFault[]) {
    const lines = faults.map(
      ({ variable, problem, example }) =>
        `  ${variable} ${problem}${example === undefined ? '' : `; for example ${variable}=${example}`}`,
    );
    super(
      [
        `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`,
        ...lines,
      ].join('\n'),
    );
  }
}
