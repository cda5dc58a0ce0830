import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { SessionOnly } from '../sign-in/access-rule';
import { By, type Actor } from '../sign-in/principal';
import { ApiTokenList, ApiTokenParam, CreatedApiTokenView, NewApiTokenDto } from './api-token.dto';
import { ApiTokensService } from './api-tokens.service';

@ApiTags('access')
@SessionOnly()
@Controller('v1/api-tokens')
export class ApiTokensController {
  constructor(private readonly tokens: ApiTokensService) {}

  @Get()
  @ApiOperation({ summary: 'All API tokens, without the tokens themselves' })
  @ApiOkResponse({ type: ApiTokenList })
  async list(): Promise<ApiTokenList> {
    return { items: await this.tokens.list() };
  }

  @Post()
  @ApiOperation({ summary: 'Make an API token: it is shown this once' })
  @ApiCreatedResponse({ type: CreatedApiTokenView })
  create(@Body() token: NewApiTokenDto, @By() actor: Actor): Promise<CreatedApiTokenView> {
    return this.tokens.create(token, actor);
  }

  @Delete(':tokenId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an API token, at once' })
  @ApiNoContentResponse()
  remove(@Param() { tokenId }: ApiTokenParam, @By() actor: Actor): Promise<void> {
    return this.tokens.remove(tokenId, actor);
  }
}
