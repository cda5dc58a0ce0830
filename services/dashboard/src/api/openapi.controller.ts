import { Problem } from '@clickjoin/service-kit';
import { Controller, Get, Injectable, Module, type INestApplication } from '@nestjs/common';
import { ApiExcludeController, DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { SESSION_COOKIE } from '../sign-in/session-cookie';

/** The document is made from the controllers, once, when somebody asks for it. */
@Injectable()
export class ApiDescription {
  private app: INestApplication | undefined;
  private document: OpenAPIObject | undefined;

  of(app: INestApplication): void {
    this.app = app;
  }

  get(): OpenAPIObject {
    if (this.app === undefined) throw new Problem(503, { detail: 'The service is starting.' });
    this.document ??= SwaggerModule.createDocument(
      this.app,
      new DocumentBuilder()
        .setTitle('Clickjoin dashboard')
        .setDescription(
          'Settings, and what became of clicks, joins and deliveries. Errors are `application/problem+json` ' +
            '(RFC 9457) and name the faulty fields in `errors`. Bodies are sent as `application/json`.',
        )
        .setVersion('1')
        .addCookieAuth(SESSION_COOKIE)
        .addSecurityRequirements('cookie')
        .build(),
    );
    return this.document;
  }
}

@ApiExcludeController()
@Controller('v1/openapi.json')
export class OpenApiController {
  constructor(private readonly description: ApiDescription) {}

  @Get()
  document(): OpenAPIObject {
    return this.description.get();
  }
}

@Module({ controllers: [OpenApiController], providers: [ApiDescription] })
export class OpenApiModule {}
