import { Problem } from '@clickjoin/service-kit';
import { Controller, Get, Injectable, Module, type INestApplication } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';

/** Made from the controllers, once, when somebody asks for it. */
@Injectable()
export class ApiDescription {
  private describe: (() => OpenAPIObject) | undefined;
  private document: OpenAPIObject | undefined;

  of(app: INestApplication, describe: (app: INestApplication) => OpenAPIObject): void {
    this.describe = () => describe(app);
  }

  get(): OpenAPIObject {
    if (this.describe === undefined) throw new Problem(503, { detail: 'The service is starting.' });
    return (this.document ??= this.describe());
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
