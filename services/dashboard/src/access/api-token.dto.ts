import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsUUID } from 'class-validator';
import { Line } from '../api/fields';
import { TOKEN_SCOPES, type TokenScope } from '../sign-in/principal';

export class NewApiTokenDto {
  @ApiProperty({ minLength: 1, maxLength: 100, description: 'What it is for; shown in the list of changes.' })
  @Line(100)
  name!: string;

  @ApiProperty({ enum: TOKEN_SCOPES, description: '`read` may change nothing.' })
  @IsIn(TOKEN_SCOPES)
  scope!: TokenScope;
}

export class ApiTokenParam {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  tokenId!: string;
}

export class ApiTokenView {
  @ApiProperty({ format: 'uuid' }) tokenId!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: TOKEN_SCOPES }) scope!: TokenScope;
  @ApiProperty({ description: 'How it begins, to tell it from others.' }) prefix!: string;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'To the minute. Null: never used.',
  })
  lastUsedAt!: string | null;
}

export class CreatedApiTokenView extends ApiTokenView {
  @ApiProperty({
    description: 'Shown this once; only its hash is kept. Send it as `Authorization: Bearer …`.',
  })
  token!: string;
}

export class ApiTokenList {
  @ApiProperty({ type: [ApiTokenView] }) items!: ApiTokenView[];
}
