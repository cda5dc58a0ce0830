import { type Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DashboardConfig } from '../config';
import { hashPassword, isPassword, newPassword } from './password';
import { PasswordStore } from './password.store';

export const PRINT = Symbol('Print');
/** Straight to standard output: through the logger it would be blanked, and kept wherever logs are kept. */
export const printToStdout = (line: string): void => void process.stdout.write(`${line}\n`);

/** There is a password before the port opens: the environment's, or one made at the very first start. */
@Injectable()
export class FirstRun implements OnModuleInit {
  constructor(
    private readonly config: DashboardConfig,
    private readonly passwords: PasswordStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PRINT) private readonly print: (line: string) => void,
  ) {}

  async onModuleInit(): Promise<void> {
    const stored = await this.passwords.hash();
    const { adminPassword } = this.config;
    const now = new Date(this.clock.now());
    if (adminPassword !== undefined) {
      if (stored === undefined || !(await isPassword(adminPassword, stored)))
        await this.passwords.replace(await hashPassword(adminPassword), now, () => Promise.resolve());
      return;
    }
    if (stored !== undefined) return;
    const password = newPassword();
    // Printed before the commit: a crash in between costs a second line at the next start, and not the password.
    await this.passwords.setFirst(await hashPassword(password), now, () =>
      this.print(
        `The dashboard's password, shown only this once: ${password}\n` +
          'Set ADMIN_PASSWORD to have another one.',
      ),
    );
  }
}
