import {
  PAUSE_REASONS,
  PIXEL_CODE,
  PIXEL_STATES,
  VERDICTS,
  WIRE_FORMATS,
  type PauseReason,
  type PixelState,
  type Verdict,
  type WireFormat,
} from '@clickjoin/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsUUID, Matches } from 'class-validator';
import { IfGiven, IfSet, Line, Trimmed } from '../api/fields';
import type { PixelStateEntity } from './pixel-state.entity';
import type { PixelEntity } from './pixel.entity';

const PixelCode = (): PropertyDecorator =>
  applyDecorators(
    Trimmed(),
    Matches(PIXEL_CODE, { message: "$property must be the pixel's code: 8 to 64 letters and digits" }),
  );

/** Hardly any form is promised for TikTok's tokens; what can't stand in a header can't be one. */
const AccessToken = (): PropertyDecorator =>
  applyDecorators(
    Trimmed(),
    Matches(/^[\x21-\x7e]{8,1000}$/, {
      message: "$property must be the pixel's access token: 8 to 1000 characters without spaces",
    }),
  );

const TEST_EVENT_CODE =
  'While set, every event is sent as a test event, and none counts. From TikTok Events Manager → Test events.';

export class NewPixelDto {
  @ApiProperty({ minLength: 1, maxLength: 200, description: 'For people.' })
  @Line(200)
  name!: string;

  @ApiProperty({ pattern: PIXEL_CODE.source, example: 'C4A1B2C3D4E5F6G7H8I9' })
  @PixelCode()
  pixelCode!: string;

  @ApiProperty({ format: 'password', writeOnly: true, description: 'Kept sealed, and never returned.' })
  @AccessToken()
  accessToken!: string;

  @ApiPropertyOptional({ enum: WIRE_FORMATS, default: '1.0', description: 'Version of the Events API.' })
  @IfGiven()
  @IsIn(WIRE_FORMATS)
  wireFormat?: WireFormat;

  @ApiPropertyOptional({ type: String, maxLength: 100, description: TEST_EVENT_CODE })
  @IfGiven()
  @Line(100)
  testEventCode?: string;
}

export class PixelChangeDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200 })
  @IfGiven()
  @Line(200)
  name?: string;

  @ApiPropertyOptional({ pattern: PIXEL_CODE.source })
  @IfGiven()
  @PixelCode()
  pixelCode?: string;

  @ApiPropertyOptional({ format: 'password', writeOnly: true, description: 'Left out: the token stays.' })
  @IfGiven()
  @AccessToken()
  accessToken?: string;

  @ApiPropertyOptional({ enum: WIRE_FORMATS })
  @IfGiven()
  @IsIn(WIRE_FORMATS)
  wireFormat?: WireFormat;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 100,
    description: `${TEST_EVENT_CODE} \`null\` removes it.`,
  })
  @IfSet()
  @Line(100)
  testEventCode?: string | null;

  @ApiPropertyOptional({ description: 'Pauses by hand: deliveries wait. `false` sends them.' })
  @IfGiven()
  @IsBoolean()
  isPaused?: boolean;
}

export class PixelParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  pixelId!: string;
}

/** Whether the dispatcher sends to it, as it last said. */
export class PixelStateView {
  @ApiProperty({ enum: PIXEL_STATES }) state!: PixelState;
  @ApiProperty({
    type: String,
    enum: PAUSE_REASONS,
    nullable: true,
    description: '`by-hand`: somebody paused it. `refused`: TikTok refused the token or the pixel.',
  })
  reason!: PauseReason | null;
  @ApiProperty({ format: 'date-time', description: 'Since then.' }) changedAt!: string;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: "TikTok's return code, where that was the reason.",
  })
  code!: number | null;
  @ApiProperty({ type: String, nullable: true, description: "TikTok's own words." }) message!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'In plain words, with what to do.' })
  explanation!: string | null;

  static of(state: PixelStateEntity): PixelStateView {
    return {
      state: state.state,
      reason: state.reason,
      changedAt: state.changedAt.toISOString(),
      code: state.code,
      message: state.message,
      explanation: state.explanation,
    };
  }
}

export class PixelView {
  @ApiProperty({ format: 'uuid' }) pixelId!: string;
  @ApiProperty({ format: 'uuid' }) siteId!: string;
  @ApiProperty() name!: string;
  @ApiProperty() pixelCode!: string;
  @ApiProperty({ enum: WIRE_FORMATS, description: 'Version of the Events API.' }) wireFormat!: WireFormat;
  @ApiProperty({ type: String, nullable: true, description: TEST_EVENT_CODE }) testEventCode!: string | null;
  @ApiProperty({ description: 'Paused by hand: the setting. What is really so stands in `delivery`.' })
  isPaused!: boolean;
  @ApiProperty({
    type: PixelStateView,
    nullable: true,
    description: 'Whether the dispatcher sends to it. Null: nothing was sent and nothing paused yet.',
  })
  delivery!: PixelStateView | null;
  @ApiProperty({ description: 'Counts up with each change.' }) version!: number;
  @ApiProperty({ format: 'date-time' }) configuredAt!: string;

  /** Field by field, so that the token can't come along. */
  static of(pixel: PixelEntity, state: PixelStateEntity | undefined): PixelView {
    const { pixelId, siteId, name, pixelCode, wireFormat, testEventCode, isPaused, version } = pixel;
    return {
      pixelId,
      siteId,
      name,
      pixelCode,
      wireFormat,
      testEventCode,
      isPaused,
      delivery: state === undefined ? null : PixelStateView.of(state),
      version,
      configuredAt: pixel.configuredAt.toISOString(),
    };
  }
}

export class PixelDetailView extends PixelView {
  @ApiProperty({ description: 'Whether the dispatcher answered; if not, the next two are null.' })
  isDispatcherReachable!: boolean;
  @ApiProperty({ type: Number, nullable: true, description: 'Deliveries that wait for the pixel.' })
  waiting!: number | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'The oldest of them.' })
  oldestWaitingAt!: string | null;
}

export class PixelList {
  @ApiProperty({ type: [PixelView] }) items!: PixelView[];
}

export class PixelTestDto {
  @ApiPropertyOptional({
    maxLength: 100,
    description: "Left out: the pixel's own test code; one of both must be there.",
  })
  @IfGiven()
  @Line(100)
  testEventCode?: string;
}

/** A request as it was sent; the token is hidden. */
export class SentRequestView {
  @ApiProperty() url!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) headers!: Record<string, string>;
  @ApiProperty({ description: 'The very text.' }) body!: string;
}

export class PixelTestView {
  @ApiProperty({ format: 'date-time' }) sentAt!: string;
  @ApiProperty({ type: SentRequestView }) request!: SentRequestView;
  @ApiProperty({ type: Number, nullable: true, description: 'Null: no answer.' }) httpStatus!: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'The answer as it came.' }) rawAnswer!:
    string | null;
  @ApiProperty({ type: Number, nullable: true, description: "TikTok's return code; 0 is success." })
  code!: number | null;
  @ApiProperty({ type: String, nullable: true, description: "TikTok's own words." }) message!: string | null;
  @ApiProperty({ enum: VERDICTS }) verdict!: Verdict;
  @ApiProperty({ description: 'In plain words, with what to do.' }) explanation!: string;
  @ApiProperty({
    description: 'Whether the pixel was paused since TikTok refused it, and goes on by this success.',
  })
  isResumed!: boolean;
}
