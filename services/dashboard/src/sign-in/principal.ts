import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../api/http';

export const TOKEN_SCOPES = ['read', 'write'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** Who asks: a person with a session, or a program with an API token. */
export type Principal =
  | { readonly kind: 'session'; readonly tokenHash: Buffer; readonly expiresAt: Date }
  | {
      readonly kind: 'api-token';
      readonly tokenId: string;
      readonly name: string;
      readonly scope: TokenScope;
    };

/** Who did something, as the list of changes keeps it. `system`: no person, but what a bot reported. */
export type Actor =
  | { readonly kind: 'session'; readonly name: 'admin' }
  | { readonly kind: 'api-token'; readonly name: string }
  | { readonly kind: 'system'; readonly name: string };

const PRINCIPAL = Symbol('principal');
type Marked = HttpRequest & { [PRINCIPAL]?: Principal };

/** For the guard alone. */
export function setPrincipal(request: HttpRequest, principal: Principal): void {
  (request as Marked)[PRINCIPAL] = principal;
}

function principalOf(context: ExecutionContext): Principal {
  const principal = context.switchToHttp().getRequest<Marked>()[PRINCIPAL];
  if (principal === undefined) throw new Error('no principal: the route is open to all');
  return principal;
}

export const actorOf = (principal: Principal): Actor =>
  principal.kind === 'session'
    ? { kind: 'session', name: 'admin' }
    : { kind: 'api-token', name: principal.name };

/** The one who asks. Not on routes that are open to all. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext) => principalOf(context));

/** The same, as the list of changes keeps it. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext) =>
  actorOf(principalOf(context)),
);
