import { applyDecorators } from './apply-decorators';
import { Type } from 'class-transformer';
import { IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';

/** UTC with `Z`, with or without milliseconds: one form, so that equal times are equal bytes. */
export const UTC_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{3})?Z$/;

export const IsUtcTime = (): PropertyDecorator => Matches(UTC_TIME);

/** Ids of Telegram's: decimal strings, since they exceed 32 bits and Postgres returns BIGINT as text. */
export const IsTelegramUserId = (): PropertyDecorator => Matches(/^[1-9]\d{0,15}$/);
export const IsTelegramChatId = (): PropertyDecorator => Matches(/^-?[1-9]\d{0,15}$/);

export const IsLinkKey = (): PropertyDecorator => Matches(/^[0-9a-f]{64}$/);

/** Part of a URL path: `/c/<slug>`. */
export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** Text of a stranger's: bounded, present only when there is some. */
export const OptionalText = (maxLength: number): PropertyDecorator =>
  applyDecorators(IsOptional(), IsString(), MaxLength(maxLength));

export const Nested = (type: () => new () => object): PropertyDecorator =>
  applyDecorators(ValidateNested(), Type(type));
