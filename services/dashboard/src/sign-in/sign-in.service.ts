import { type Clock } from '@clickjoin/contracts';
import { CLOCK, Problem } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DashboardMetrics } from '../metrics';
import { isPassword } from './password';
import { PasswordStore } from './password.store';
import { SessionStore } from './session.store';
import { SignInThrottle } from './sign-in-throttle';

export const SESSION_LIFETIME_MS = 7 * 24 * 60 * 60_000;
/** Each check takes 32 MiB and a core: a crowd of them would take the service down, throttled or not. */
const CHECKS_AT_ONCE = 2;

@Injectable()
export class SignInService {
  private readonly throttle: SignInThrottle;
  private checks = 0;

  constructor(
    private readonly passwords: PasswordStore,
    private readonly sessions: SessionStore,
    private readonly metrics: DashboardMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.throttle = new SignInThrottle(clock);
  }

  /**
   * @param address the client's, by which guesses are slowed down.
   * @returns the session's token.
   * @throws Problem 401 for a wrong password, 429 with `Retry-After` after too many.
   */
  async signIn(password: string, address: string): Promise<string> {
    if (this.checks >= CHECKS_AT_ONCE) throw this.tooMany(1_000);
    const admission = this.throttle.admit(address);
    if (!admission.ok) throw this.tooMany(admission.retryAfterMs);
    if (!(await this.isRight(password))) {
      this.metrics.signIns.inc({ result: 'wrong-password' });
      throw new Problem(401, {
        detail: 'That is not the password.',
        errors: [{ field: 'password', message: 'is wrong' }],
      });
    }
    this.throttle.succeeded(address);
    this.metrics.signIns.inc({ result: 'ok' });
    const now = this.clock.now();
    return this.sessions.begin(new Date(now), new Date(now + SESSION_LIFETIME_MS));
  }

  isSignedIn(token: string): Promise<boolean> {
    return this.sessions.isValid(token, new Date(this.clock.now()));
  }

  signOut(token: string): Promise<void> {
    return this.sessions.end(token);
  }

  private async isRight(password: string): Promise<boolean> {
    this.checks += 1;
    try {
      const stored = await this.passwords.hash();
      return stored !== undefined && (await isPassword(password, stored));
    } finally {
      this.checks -= 1;
    }
  }

  private tooMany(retryAfterMs: number): Problem {
    this.metrics.signIns.inc({ result: 'throttled' });
    const seconds = Math.ceil(retryAfterMs / 1_000);
    return new Problem(429, {
      detail: `Too many attempts to sign in. Try again in ${seconds} s.`,
      headers: { 'retry-after': String(seconds) },
    });
  }
}
