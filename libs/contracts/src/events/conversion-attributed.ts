import { IsIn, IsInt } from 'class-validator';
import { IsId, IsTelegramChatId, IsUtcTime, Nested } from '../validation';
import { Chat, Person } from './telegram';
import { AdClick, LandingPage, Visitor } from './visit';

export const ATTRIBUTION_METHODS = ['invite-link', 'bot-start'] as const;
export type AttributionMethod = (typeof ATTRIBUTION_METHODS)[number];

/** A join is the effect of an ad click. Holds all that a delivery needs: consumers look nothing up. */
export class ConversionAttributed {
  @IsId() conversionId!: string;
  @IsId() joinId!: string;
  @IsId() clickId!: string;
  @IsId() siteId!: string;
  @IsTelegramChatId() chatId!: string;
  @Nested(() => Chat) chat!: Chat;
  @IsIn(ATTRIBUTION_METHODS) method!: AttributionMethod;
  @IsUtcTime() joinedAt!: string;
  @IsUtcTime() clickedAt!: string;
  /** Slightly negative when Telegram's whole seconds make the join look earlier than the click. */
  @IsInt() clickAgeMs!: number;
  @Nested(() => AdClick) ad!: AdClick;
  @Nested(() => LandingPage) page!: LandingPage;
  @Nested(() => Visitor) visitor!: Visitor;
  @Nested(() => Person) person!: Person;
}
