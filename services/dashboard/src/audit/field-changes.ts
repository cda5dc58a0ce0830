import type { FieldChangeView } from './audit.dto';

/** Stands for what nobody may read. */
export const HIDDEN = '•••';

const LONGEST = 500;

interface Shown {
  readonly text: string;
  /** What tells it from another one; for a secret that is more than is shown. */
  readonly identity: string;
}

export interface ChangeOptions {
  /** Fields that show that they were there and that they changed, and nothing else. */
  readonly secrets?: readonly string[];
  /** Fields that are no setting: ids, versions. */
  readonly without?: readonly string[];
}

/**
 * What differs, field by field, as text.
 * @param before undefined: it is new. @param after undefined: it is gone.
 */
export function fieldChanges(
  before: object | undefined,
  after: object | undefined,
  { secrets = [], without = [] }: ChangeOptions = {},
): FieldChangeView[] {
  const [old, now] = [before, after].map((value) =>
    shownFields(value ?? {}, new Set(secrets), new Set(without)),
  );
  const fields = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...fields].flatMap((field) => {
    const [was, is] = [old?.get(field), now?.get(field)];
    return was?.identity === is?.identity
      ? []
      : [{ field, before: was?.text ?? null, after: is?.text ?? null }];
  });
}

function shownFields(
  value: object,
  secrets: ReadonlySet<string>,
  without: ReadonlySet<string>,
): Map<string, Shown> {
  const fields = new Map<string, Shown>();
  const put = (path: string, content: unknown): void => {
    if (content === undefined || content === null || without.has(path)) return;
    if (secrets.has(path)) fields.set(path, { text: HIDDEN, identity: JSON.stringify(content) });
    else if (isPlainObject(content))
      for (const [key, inner] of Object.entries(content)) put(path === '' ? key : `${path}.${key}`, inner);
    else {
      const whole = textOf(content);
      fields.set(path, { text: whole.replaceAll('\0', '').slice(0, LONGEST), identity: whole });
    }
  };
  put('', { ...value });
  return fields;
}

const isPlainObject = (content: unknown): content is Readonly<Record<string, unknown>> =>
  typeof content === 'object' && content !== null && !Array.isArray(content) && !(content instanceof Date);

const textOf = (content: unknown): string => {
  if (Array.isArray(content)) return content.map(textOf).join(', ');
  return typeof content === 'string' ? content : JSON.stringify(content);
};
