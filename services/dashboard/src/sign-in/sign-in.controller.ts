import { Body, Controller, Delete, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { HttpReply, HttpRequest } from '../api/http';
import { OpenToAll } from './open-to-all';
import { noSessionCookie, sessionCookie, sessionTokenOf } from './session-cookie';
import { SignInDto } from './sign-in.dto';
import { SESSION_LIFETIME_MS, SignInService } from './sign-in.service';

@ApiTags('session')
@OpenToAll()
@Controller('v1/session')
export class SignInController {
  constructor(private readonly signIn: SignInService) {}

  @Post()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign in' })
  @ApiNoContentResponse({ description: 'The session is in the cookie `clickjoin_session`.' })
  async begin(
    @Body() { password }: SignInDto,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<void> {
    const token = await this.signIn.signIn(password, request.ip);
    reply.header('set-cookie', sessionCookie(request, token, SESSION_LIFETIME_MS));
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out' })
  async end(@Req() request: HttpRequest, @Res({ passthrough: true }) reply: HttpReply): Promise<void> {
    const token = sessionTokenOf(request);
    if (token !== undefined) await this.signIn.signOut(token);
    reply.header('set-cookie', noSessionCookie(request));
  }
}
