import { STATUS_CODES } from 'node:http';

export interface FieldFault {
  /** Path of the field: `pixels.0.code`. */
  readonly field: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** Two words or so, the same for every occurrence; without it the status's own words. */
  readonly title?: string;
  /** What happened this time, for the person who reads it. */
  readonly detail?: string;
  /** A URI that names the kind of problem; `about:blank` means the status says it all. */
  readonly type?: string;
  readonly errors?: readonly FieldFault[];
  /** Headers of the answer, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown by controllers: `throw new Problem(404, { detail: 'There is no site s-1.' })`. Becomes RFC 9457 JSON. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly title: string;
  readonly detail: string | undefined;
  readonly type: string;
  readonly errors: readonly FieldFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    { title, detail, type, errors, headers, cause }: ProblemOptions = {},
  ) {
    super(detail ?? title ?? STATUS_CODES[status] ?? 'Error', { cause });
    this.title = title ?? STATUS_CODES[status] ?? 'Error';
    this.detail = detail;
    this.type = type ?? 'about:blank';
    this.errors = errors;
    this.headers = headers ?? {};
  }

  /** The body of the answer, `application/problem+json`. */
  toJSON(): Record<string, unknown> {
    return {
      type: this.type,
      title: this.title,
      status: this.status,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
  }
}
