import { type Clock } from '@clickjoin/contracts';
import { CLOCK, Problem } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DashboardMetrics } from '../metrics';
import { AuditLog } from '../audit/audit-log';
import { ApiTokenStore } from './api-token.store';
import { hashPassword, isPassword } from './password';
import { PasswordStore } from './password.store';
import type { Actor, Principal } from './principal';
import { SessionStore } from './session.store';
import { SignInThrottle } from './sign-in-throttle';
import type { NewPasswordDto } from './sign-in.dto';

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
    private readonly tokens: ApiTokenStore,
    private readonly audit: AuditLog,
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
    await this.check(password, address, 'password');
    const now = this.clock.now();
    return this.sessions.begin(new Date(now), new Date(now + SESSION_LIFETIME_MS));
  }

  /**
   * All sessions end, and the one who asked gets a new one. Guesses are slowed down as at the sign-in: a stolen
   * session must not be the way to find the password out.
   * @returns the new session's token.
   * @throws Problem 401 naming `currentPassword`, 429
   */
  async changePassword(
    { currentPassword, newPassword }: NewPasswordDto,
    address: string,
    actor: Actor,
  ): Promise<string> {
    await this.check(currentPassword, address, 'currentPassword');
    const hash = await hashPassword(newPassword);
    const now = this.clock.now();
    return this.passwords.replace(hash, new Date(now), async (tx) => {
      const subject = { kind: 'password', id: '', name: 'the password' } as const;
      await this.audit.write(tx, { actor, action: 'changed', subject });
      return this.sessions.begin(new Date(now), new Date(now + SESSION_LIFETIME_MS), tx);
    });
  }

  /** Whose session, or whose API token it is. */
  principalOf(credentials: {
    session?: string | undefined;
    apiToken?: string | undefined;
  }): Promise<Principal | undefined> {
    const now = new Date(this.clock.now());
    if (credentials.apiToken !== undefined) return this.tokens.find(credentials.apiToken, now);
    if (credentials.session !== undefined) return this.sessions.find(credentials.session, now);
    return Promise.resolve(undefined);
  }

  signOut(token: string): Promise<void> {
    return this.sessions.end(token);
  }

  private async check(password: string, address: string, field: string): Promise<void> {
    if (this.checks >= CHECKS_AT_ONCE) throw this.tooMany(1_000);
    const admission = this.throttle.admit(address);
    if (!admission.ok) throw this.tooMany(admission.retryAfterMs);
    if (!(await this.isRight(password))) {
      this.metrics.signIns.inc({ result: 'wrong-password' });
      throw new Problem(401, {
        detail: 'That is not the password.',
        errors: [{ field, message: 'is wrong' }],
      });
    }
    this.throttle.succeeded(address);
    this.metrics.signIns.inc({ result: 'ok' });
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
