import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { TOKEN_SCOPES, type TokenScope } from './principal';

export class SignInDto {
  @ApiProperty({ format: 'password', description: 'Of the one administrator.' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  password!: string;
}

export class NewPasswordDto {
  @ApiProperty({ format: 'password', description: 'Asked once more: a screen left alone is no sign-in.' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  currentPassword!: string;

  @ApiProperty({ format: 'password', minLength: 8, maxLength: 200 })
  @IsString()
  @MinLength(8, { message: '$property must have at least 8 characters' })
  @MaxLength(200, { message: '$property must have at most 200 characters' })
  newPassword!: string;
}

export const PRINCIPAL_KINDS = ['session', 'api-token'] as const;

export class SessionView {
  @ApiProperty({ enum: PRINCIPAL_KINDS, description: 'How you are signed in.' })
  kind!: (typeof PRINCIPAL_KINDS)[number];
  @ApiProperty({ description: '`admin`, or the name of the API token.' }) name!: string;
  @ApiProperty({ enum: TOKEN_SCOPES, description: '`read` may change nothing.' }) scope!: TokenScope;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null: never.' })
  expiresAt!: string | null;
}
