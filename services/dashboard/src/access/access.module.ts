import { Module } from '@nestjs/common';
import { ApiTokensController } from './api-tokens.controller';
import { SignInModule } from '../sign-in/sign-in.module';
import { ApiTokensService } from './api-tokens.service';

@Module({ imports: [SignInModule], controllers: [ApiTokensController], providers: [ApiTokensService] })
export class AccessModule {}
