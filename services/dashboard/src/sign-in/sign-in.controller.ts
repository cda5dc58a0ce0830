import { Body, Controller, Delete, Get, HttpCode, Post, Put, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { HttpReply, HttpRequest } from '../api/http';
import { SessionOnly } from './access-rule';
import { OpenToAll } from './open-to-all';
import { By, Who, type Actor, type Principal } from './principal';
import { noSessionCookie, sessionCookie, sessionTokenOf } from './session-cookie';
import { NewPasswordDto, SessionView, SignInDto } from './sign-in.dto';
import { SESSION_LIFETIME_MS, SignInService } from './sign-in.service';

@ApiTags('session')
@Controller('v1')
export class SignInController {
  constructor(private readonly signIn: SignInService) {}

  @Post('session')
  @OpenToAll()
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

  @Get('session')
  @ApiOperation({ summary: 'Who is signed in, and what for. 401: nobody is' })
  @ApiOkResponse({ type: SessionView })
  session(@Who() principal: Principal): SessionView {
    return principal.kind === 'session'
      ? { kind: 'session', name: 'admin', scope: 'write', expiresAt: principal.expiresAt.toISOString() }
      : { kind: 'api-token', name: principal.name, scope: principal.scope, expiresAt: null };
  }

  @Delete('session')
  @OpenToAll()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out' })
  @ApiNoContentResponse()
  async end(@Req() request: HttpRequest, @Res({ passthrough: true }) reply: HttpReply): Promise<void> {
    const token = sessionTokenOf(request);
    if (token !== undefined) await this.signIn.signOut(token);
    reply.header('set-cookie', noSessionCookie(request));
  }

  @Put('password')
  @SessionOnly()
  @HttpCode(204)
  @ApiOperation({ summary: 'Change the password: all other sessions end' })
  @ApiNoContentResponse()
  async changePassword(
    @Body() change: NewPasswordDto,
    @Req() request: HttpRequest,
    @By() actor: Actor,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<void> {
    const token = await this.signIn.changePassword(change, request.ip, actor);
    reply.header('set-cookie', sessionCookie(request, token, SESSION_LIFETIME_MS));
  }
}
