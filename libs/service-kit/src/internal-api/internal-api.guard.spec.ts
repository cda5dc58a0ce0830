import type { ExecutionContext } from '@nestjs/common';
import type { BaseConfig } from '../config/base-config';
import { Problem } from '../problems/problem';
import { InternalApiGuard } from './internal-api.guard';

const token = 'an-invented-token-of-32-characters';

function answerTo(authorization: string | undefined, internalApiToken: string | undefined): number {
  const guard = new InternalApiGuard({ internalApiToken } as BaseConfig);
  const request = { headers: authorization === undefined ? {} : { authorization } };
  const context = { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
  try {
    return guard.canActivate(context) ? 200 : 403;
  } catch (error) {
    return error instanceof Problem ? error.status : 500;
  }
}

describe('the internal API', () => {
  it.each([
    { name: 'the token', authorization: `Bearer ${token}`, status: 200 },
    { name: 'the scheme in lower case', authorization: `bearer ${token}`, status: 200 },
    { name: 'another token', authorization: 'Bearer another', status: 401 },
    { name: 'the token cut', authorization: `Bearer ${token.slice(0, -1)}`, status: 401 },
    { name: 'the token and more', authorization: `Bearer ${token} x`, status: 401 },
    { name: 'another scheme', authorization: `Basic ${token}`, status: 401 },
    { name: 'nothing', authorization: undefined, status: 401 },
  ])('answers $status to $name', ({ authorization, status }) =>
    expect(answerTo(authorization, token)).toBe(status),
  );

  it('is shut where no token is set', () => expect(answerTo('Bearer undefined', undefined)).toBe(503));
});
