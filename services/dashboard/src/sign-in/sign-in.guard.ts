import { Problem } from '@clickjoin/service-kit';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { HttpRequest } from '../api/http';
import { OPEN_TO_ALL } from './open-to-all';
import { sessionTokenOf } from './session-cookie';
import { SignInService } from './sign-in.service';

/** On every route: a new endpoint is closed until it says otherwise. */
@Injectable()
export class SignInGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly signIn: SignInService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Messages from Kafka come through the same application; nobody signs in there.
    if (context.getType() !== 'http') return true;
    if (this.reflector.getAllAndOverride(OPEN_TO_ALL, [context.getHandler(), context.getClass()]) === true)
      return true;
    const token = sessionTokenOf(context.switchToHttp().getRequest<HttpRequest>());
    if (token !== undefined && (await this.signIn.isSignedIn(token))) return true;
    throw new Problem(401, { detail: 'Sign in first: POST /v1/session with the password.' });
  }
}
