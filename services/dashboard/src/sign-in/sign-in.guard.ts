import { Problem } from '@clickjoin/service-kit';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { HttpRequest } from '../api/http';
import { ACCESS_RULE, type AccessRule } from './access-rule';
import { OPEN_TO_ALL } from './open-to-all';
import { setPrincipal, type Principal } from './principal';
import { sessionTokenOf } from './session-cookie';
import { SignInService } from './sign-in.service';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** On every route: a new endpoint is closed until it says otherwise, and one that may change something asks for `write`. */
@Injectable()
export class SignInGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly signIn: SignInService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Messages from Kafka come through the same application; nobody signs in there.
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(OPEN_TO_ALL, targets) === true) return true;
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const principal = await this.signIn.principalOf({
      apiToken: bearerOf(request),
      session: sessionTokenOf(request),
    });
    if (principal === undefined) {
      throw new Problem(401, {
        detail:
          'Sign in first: POST /v1/session with the password, or send an API token as "Authorization: Bearer …".',
      });
    }
    this.checkRights(principal, request.method, this.reflector.getAllAndOverride(ACCESS_RULE, targets));
    setPrincipal(request, principal);
    return true;
  }

  private checkRights(principal: Principal, method: string, rule: AccessRule | undefined): void {
    if (principal.kind === 'session') return;
    if (rule === 'session-only')
      throw new Problem(403, { detail: 'An API token may not do this: sign in with the password.' });
    if (principal.scope === 'read' && rule !== 'changes-nothing' && !READS.has(method))
      throw new Problem(403, { detail: 'This API token may only read.' });
  }
}

function bearerOf({ headers }: HttpRequest): string | undefined {
  return /^Bearer (\S{1,200})$/i.exec(headers.authorization ?? '')?.[1];
}
