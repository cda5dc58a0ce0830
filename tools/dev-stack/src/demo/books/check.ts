/** One statement about the books, with what was found. */
export interface Check {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly ok: boolean;
  /** A few of what is wrong, to look for in the topics. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 5;

/** Two figures that must agree. */
export function balance(
  name: string,
  expected: number | string,
  actual: number | string,
  examples: () => readonly string[] = () => [],
): Check {
  const ok = expected === actual;
  return {
    name,
    expected: String(expected),
    actual: String(actual),
    ok,
    examples: ok ? [] : examples().slice(0, MOST_EXAMPLES),
  };
}

/** Two lists of ids that must hold the same ones, each once in the first. */
export function difference(name: string, expected: readonly string[], actual: ReadonlySet<string>): Check {
  const due = new Set(expected);
  const missing = [...due].filter((id) => !actual.has(id));
  const surplus = [...actual].filter((id) => !due.has(id));
  const found = [
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(surplus.length > 0 ? [`${surplus.length} too many`] : []),
  ];
  return {
    name,
    expected: String(due.size),
    actual: found.length === 0 ? String(actual.size) : `${actual.size} (${found.join(', ')})`,
    ok: found.length === 0,
    examples: [...missing, ...surplus].slice(0, MOST_EXAMPLES),
  };
}
