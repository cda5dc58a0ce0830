export interface EnvOptions {
  /** Shown when the variable is missing or wrong; without it the default is shown. */
  readonly example?: string;
  /** The value appears in no message and is taken out of log lines. */
  readonly secret?: boolean;
  /** Throws an error that says what is wrong with the text. Its result is not kept. */
  readonly check?: (text: string) => unknown;
}

const optionsOf = new WeakMap<object, Map<string, EnvOptions>>();

/** Says more about a variable than its class-validator rules can. The last declaration in a class hierarchy wins. */
export function Env(options: EnvOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    const known = optionsOf.get(prototype) ?? new Map<string, EnvOptions>();
    known.set(String(property), options);
    optionsOf.set(prototype, known);
  };
}

/** `SECRET_KEYS`, as text. Hand in `parseSecretKeys` of contracts, so that a bad key ends the start and not a request. */
export function SecretKeys(parse: (text: string) => unknown): PropertyDecorator {
  return Env({ secret: true, check: parse, example: '2026a:<base64 of 32 random bytes>' });
}

/** All declarations along the class hierarchy, the derived class's first. */
export function envOptionsOf(prototype: object): Map<string, EnvOptions> {
  const merged = new Map<string, EnvOptions>();
  for (
    let level: object | null = prototype;
    level !== null;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const [property, options] of optionsOf.get(level) ?? []) {
      merged.set(property, { ...options, ...merged.get(property) });
    }
  }
  return merged;
}
