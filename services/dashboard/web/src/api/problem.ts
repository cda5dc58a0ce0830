/** A field that the API refused, and why: RFC 9457 with our `errors`. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** An answer that is not the wanted one. `status` 0: there was no answer at all. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(detail || title);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads `application/problem+json`; a proxy's HTML page becomes a problem too. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const fallback = FALLBACKS[status] ?? (status >= 500 ? 'The dashboard has a problem.' : 'It was refused.');
  if (!isRecord(body)) return new ApiProblem(status, fallback, fallback);
  const faults = (Array.isArray(body['errors']) ? body['errors'] : [])
    .filter(isRecord)
    .map((fault) => ({ field: text(fault['field']), message: text(fault['message']) }))
    .filter(({ field, message }) => field !== '' && message !== '');
  return new ApiProblem(status, text(body['title']) || fallback, text(body['detail']) || fallback, faults);
}

const FALLBACKS: Readonly<Record<number, string>> = {
  0: 'The dashboard does not answer. Check your connection.',
  401: 'You are not signed in.',
  403: 'You may not do this.',
  404: 'It is not there.',
  429: 'Too many tries. Wait a moment.',
};

/** "customEventName is required …" reads badly under a field that is labelled already. */
export function fieldErrorsOf(
  problem: ApiProblem,
  fields: readonly string[],
): { readonly atField: Readonly<Record<string, string>>; readonly elsewhere: readonly string[] } {
  const atField: Record<string, string> = {};
  const elsewhere: string[] = [];
  for (const { field, message } of problem.faults) {
    // `allowedOrigins.0` and `attribution.windowMs` belong to the field that the form has.
    const owner = fields.find((name) => field === name || field.startsWith(`${name}.`));
    const sentence = asSentence(message, field);
    if (owner === undefined) elsewhere.push(`${field}: ${message}`);
    else atField[owner] ??= sentence;
  }
  if (problem.faults.length === 0) elsewhere.push(problem.detail);
  return { atField, elsewhere };
}

function asSentence(message: string, field: string): string {
  const last = field.split('.').at(-1) ?? field;
  const bare = message.startsWith(`${last} `) ? message.slice(last.length + 1) : message;
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}
