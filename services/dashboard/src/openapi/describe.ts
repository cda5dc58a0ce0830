import { ServiceKitModule } from '@clickjoin/service-kit';
import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, getSchemaPath, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ProblemView } from '../api/problem.dto';
import { AppModule } from '../app.module';
import { DashboardConfig } from '../config';
import { SERVICE } from '../service-name';
import { SESSION_COOKIE } from '../sign-in/session-cookie';

/** The OpenAPI document of the controllers of an application. */
export function describe(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setTitle('Clickjoin dashboard')
      .setDescription(
        'Settings, and what became of clicks, joins and deliveries. Errors are `application/problem+json` ' +
          '(RFC 9457) and name the faulty fields in `errors`. Bodies are sent as `application/json`. Times are ' +
          'ISO 8601 in UTC. Texts of strangers (titles, names) may hold anything and must be escaped.',
      )
      .setVersion('1')
      .addCookieAuth(SESSION_COOKIE, { type: 'apiKey', in: 'cookie' }, 'session')
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API token.' }, 'apiToken')
      .addSecurityRequirements('session')
      .addSecurityRequirements('apiToken')
      .build(),
    { extraModels: [ProblemView] },
  );
  return withProblems(document);
}

/** Any route may end in a problem, so each says what that looks like. */
function withProblems(document: OpenAPIObject): OpenAPIObject {
  const problem = {
    description: 'What went wrong.',
    content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemView) } } },
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.put, path.post, path.patch, path.delete]) {
      if (operation !== undefined) operation.responses['default'] = problem;
    }
  }
  return document;
}

/** Stands in for the environment: nothing is connected to. */
const NOWHERE: Partial<DashboardConfig> = {
  kafkaBrokers: ['127.0.0.1:1'],
  databaseUrl: 'postgres://nobody@127.0.0.1:1',
  secretKeys: '',
};

/** Without Kafka, Postgres and port: Nest's preview reads the modules and makes none of their providers. */
export async function describeOffline(): Promise<OpenAPIObject> {
  @Module({
    imports: [
      ServiceKitModule.forRoot({ service: SERVICE, config: Object.assign(new DashboardConfig(), NOWHERE) }),
      AppModule,
    ],
  })
  class Preview {}
  const app = await NestFactory.create(Preview, new FastifyAdapter(), { preview: true, logger: ['error'] });
  return describe(app);
}

/** As it lies in `openapi.json`. */
export const asText = (document: OpenAPIObject): string => `${JSON.stringify(document, null, 2)}\n`;
