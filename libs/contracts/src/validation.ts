import { Type } from 'class-transformer';
import {
  IsISO8601,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { applyDecorators } from './apply-decorators';
import { nests } from './nested-classes';

/** What goes into the JSON Schema beside, or instead of, what the other decorators say. */
const describedAs =
  (schema: Parameters<typeof JSONSchema>[0]): PropertyDecorator =>
  (target, key) => {
    JSONSchema(schema)(target, String(key));
  };

/** UTC with `Z`, from 1970 on, with or without milliseconds. */
export const UTC_TIME =
  /^(?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;

/** The pattern knows no calendar; without the second check 30 February gets through to Postgres, which throws. */
export const IsUtcTime = (): PropertyDecorator =>
  applyDecorators(
    Matches(UTC_TIME),
    IsISO8601({ strict: true }),
    describedAs(() => ({ type: 'string', format: 'date-time', pattern: UTC_TIME.source })),
  );

/** Lower-case only: ids are keys, and two spellings of one id would be two keys. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const IsId = (): PropertyDecorator => applyDecorators(Matches(UUID), describedAs({ format: 'uuid' }));

/** Ids of Telegram's: decimal strings, since they exceed 32 bits and Postgres returns BIGINT as text. */
export const IsTelegramUserId = (): PropertyDecorator => Matches(/^[1-9]\d{0,15}$/);
export const TELEGRAM_CHAT_ID = /^-?[1-9]\d{0,15}$/;
export const IsTelegramChatId = (): PropertyDecorator => Matches(TELEGRAM_CHAT_ID);

export const IsLinkKey = (): PropertyDecorator => Matches(/^[0-9a-f]{64}$/);

/** Part of a URL path: `/c/<slug>`. */
export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** May be absent, but not `null`: class-validator's own `IsOptional` takes both, JSON Schema only the first. */
export const Optional = (): PropertyDecorator =>
  ValidateIf((_event: object, value: unknown) => value !== undefined);

/** Text of a stranger's: bounded, present only when there is some. */
export const OptionalText = (maxLength: number): PropertyDecorator =>
  applyDecorators(Optional(), IsString(), MaxLength(maxLength));

/** `ValidateNested` alone also takes an array of the class, even an empty one. */
export const Nested = (type: () => new () => object): PropertyDecorator =>
  applyDecorators(IsObject(), ValidateNested(), Type(type), nests(type));
