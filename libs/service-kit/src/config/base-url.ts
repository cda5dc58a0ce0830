import { applyDecorators } from '@nestjs/common';
import { IsString } from 'class-validator';
import { Env } from './env';

/**
 * The address of an API that this service calls: http(s), and in front of the API's own paths perhaps a path. Anything
 * else in it would be lost without a word when paths are put behind it.
 */
export function BaseUrl(): PropertyDecorator {
  return applyDecorators(Env({ check: checkBaseUrl }), IsString());
}

function checkBaseUrl(text: string): void {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) throw new Error('must be an http(s) URL');
  const { username, password, search, hash } = new URL(text);
  if (username + password + search + hash !== '')
    throw new Error('must be an address and a path, nothing else');
}
