import { ArrayMaxSize, IsArray, Matches } from 'class-validator';
import { applyDecorators } from '../apply-decorators';
import { IsTelegramUserId, IsUtcTime, UUID } from '../validation';

/** As many ids as fit a record with room to spare; a person with more is published as several events. */
export const ERASED_IDS_MAX = 1_000;
const Ids = (): PropertyDecorator =>
  applyDecorators(IsArray(), ArrayMaxSize(ERASED_IDS_MAX), Matches(UUID, { each: true }));

/**
 * A person asked to be forgotten: attribution has erased its own rows, and everyone who holds personal data of these
 * joins, conversions and clicks does the same. The clicks are named since only attribution knows whose they are.
 */
export class PersonErased {
  @IsTelegramUserId() telegramUserId!: string;
  @IsUtcTime() erasedAt!: string;
  @Ids() joinIds!: string[];
  @Ids() conversionIds!: string[];
  @Ids() clickIds!: string[];
}
