import { SetMetadata } from '@nestjs/common';

export const ACCESS_RULE = 'clickjoin:access-rule';
export type AccessRule = 'changes-nothing' | 'session-only';

/** A POST that only asks: a token with read scope may send it too. */
export const ChangesNothing = (): MethodDecorator =>
  SetMetadata(ACCESS_RULE, 'changes-nothing' satisfies AccessRule);

/** For people: a leaked API token must not be able to make itself others, or to change the password. */
export const SessionOnly = (): ClassDecorator & MethodDecorator =>
  SetMetadata(ACCESS_RULE, 'session-only' satisfies AccessRule);
