import { ApiProperty } from '@nestjs/swagger';
import { CursorQuery, PageView } from '../api/page.dto';

export const ACTOR_KINDS = ['session', 'api-token', 'system'] as const;
export const SUBJECT_KINDS = [
  'site',
  'channel',
  'pixel',
  'bot',
  'api-token',
  'password',
  'delivery',
  'person',
] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export const AUDIT_ACTIONS = [
  'created',
  'changed',
  'removed',
  'key-made',
  'key-removed',
  'secret-rotated',
  'resumed',
  'tested',
  'replayed',
  'erased',
  'moved',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export class AuditQuery extends CursorQuery {}

export class ActorView {
  @ApiProperty({ enum: ACTOR_KINDS, description: '`system`: no person, but what Telegram reported.' })
  kind!: (typeof ACTOR_KINDS)[number];
  @ApiProperty({ description: '`admin`, the name of an API token, or what of the system it was.' })
  name!: string;
}

export class AuditSubjectView {
  @ApiProperty({ enum: SUBJECT_KINDS }) kind!: SubjectKind;
  @ApiProperty({ description: 'Its id; empty where there is one only.' }) id!: string;
  @ApiProperty({ description: 'Its name at that time.' }) name!: string;
}

export class FieldChangeView {
  @ApiProperty({ description: 'Path of the field: `tracker.keepDays`.' }) field!: string;
  @ApiProperty({ type: String, nullable: true, description: 'As text. Null: was not set. Secrets: `•••`.' })
  before!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'As text. Null: is not set any more. Secrets: `•••`.',
  })
  after!: string | null;
}

export class AuditEntryView {
  @ApiProperty({ description: 'Counts up.' }) auditId!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ type: ActorView }) actor!: ActorView;
  @ApiProperty({ enum: AUDIT_ACTIONS }) action!: AuditAction;
  @ApiProperty({ type: AuditSubjectView }) subject!: AuditSubjectView;
  @ApiProperty({ type: [FieldChangeView] }) changes!: FieldChangeView[];
}

export class AuditPage extends PageView {
  @ApiProperty({ type: [AuditEntryView] }) items!: AuditEntryView[];
}
