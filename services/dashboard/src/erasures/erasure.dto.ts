import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Trimmed } from '../api/fields';

export class ErasureDto {
  @ApiProperty({ example: '8000000001', description: 'Whom to forget.' })
  @Trimmed()
  @Matches(/^[1-9]\d{0,15}$/, { message: '$property must be the id of a Telegram user: digits only' })
  telegramUserId!: string;
}

export class ErasureView {
  @ApiProperty({ description: 'How many joins of the person were known.' }) joins!: number;
  @ApiProperty({ format: 'date-time' }) erasedAt!: string;
}
