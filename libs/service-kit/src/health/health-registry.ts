export interface HealthResult {
  /** `degraded`: works, but somebody should look. Only `down` takes the instance out of service. */
  readonly status: 'up' | 'degraded' | 'down';
  /** What is wrong, or how far something is. No secrets: the answer is public to whoever reaches the port. */
  readonly detail?: string;
}

export type HealthCheck = () => HealthResult | Promise<HealthResult>;

export interface HealthCheckOptions {
  /** What a check that throws or hangs says; `down` without it. */
  readonly failing?: 'degraded' | 'down';
}

export interface HealthReport {
  readonly status: HealthResult['status'];
  readonly checks: Readonly<Record<string, HealthResult>>;
}

const ORDER = ['up', 'degraded', 'down'] as const;

/**
 * Where the parts of a service say how they are. `/health/ready` asks all of them; `/health/live` only knows whether
 * the process is beyond help, since restarting it for a database that is away makes things worse.
 */
export class HealthRegistry {
  private readonly checks = new Map<string, { check: HealthCheck; failing: HealthResult['status'] }>();
  private failure: string | undefined;

  constructor(private readonly checkTimeoutMs = 2_000) {}

  /** @returns a function that takes the check out again. A second check of the same name is a defect. */
  register(name: string, check: HealthCheck, { failing = 'down' }: HealthCheckOptions = {}): () => void {
    if (this.checks.has(name)) throw new Error(`There is a health check "${name}" already`);
    this.checks.set(name, { check, failing });
    return () => this.checks.delete(name);
  }

  /** The process can't recover by itself. Stays so until it ends. */
  failLive(reason: string): void {
    this.failure ??= reason;
  }

  live(): HealthReport {
    const process: HealthResult =
      this.failure === undefined ? { status: 'up' } : { status: 'down', detail: this.failure };
    return { status: process.status, checks: { process } };
  }

  async ready(): Promise<HealthReport> {
    const results = await Promise.all(
      [...this.checks].map(
        async ([name, { check, failing }]) => [name, await this.ask(check, failing)] as const,
      ),
    );
    const all = { ...this.live().checks, ...Object.fromEntries(results) };
    return { status: worstOf(Object.values(all)), checks: all };
  }

  /** A check that hangs or throws is a failed check; it never takes the endpoint with it. */
  private async ask(check: HealthCheck, failing: HealthResult['status']): Promise<HealthResult> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<HealthResult>((resolve) => {
      timer = setTimeout(
        () => resolve({ status: failing, detail: `no answer within ${this.checkTimeoutMs} ms` }),
        this.checkTimeoutMs,
      );
    });
    try {
      return await Promise.race([(async () => check())(), timeout]);
    } catch (error) {
      return { status: failing, detail: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

function worstOf(results: readonly HealthResult[]): HealthResult['status'] {
  return ORDER[Math.max(0, ...results.map(({ status }) => ORDER.indexOf(status)))] ?? 'down';
}
