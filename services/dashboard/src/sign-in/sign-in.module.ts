import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiTokenStore } from './api-token.store';
import { FirstRun, PRINT, printToStdout } from './first-run';
import { JsonOnlyGuard } from './json-only.guard';
import { PasswordStore } from './password.store';
import { SameOriginGuard } from './same-origin.guard';
import { SessionStore } from './session.store';
import { SignInController } from './sign-in.controller';
import { SignInGuard } from './sign-in.guard';
import { SignInService } from './sign-in.service';

@Module({
  controllers: [SignInController],
  providers: [
    PasswordStore,
    SessionStore,
    ApiTokenStore,
    SignInService,
    FirstRun,
    { provide: PRINT, useValue: printToStdout },
    // In this order: who is not signed in learns nothing but that.
    { provide: APP_GUARD, useClass: SignInGuard },
    { provide: APP_GUARD, useClass: SameOriginGuard },
    { provide: APP_GUARD, useClass: JsonOnlyGuard },
  ],
  exports: [ApiTokenStore],
})
export class SignInModule {}
