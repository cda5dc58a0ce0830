// First, as the package's index does: the decorators of the configuration write to it.
import 'reflect-metadata';
import { Controller, Get, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { IsString } from 'class-validator';
import { BaseConfig } from '../config/base-config';
import { Env } from '../config/env';
import { bootstrap } from './bootstrap';

/** A service that does on request what services do when they end. */
class FixtureConfig extends BaseConfig {
  @Env({ secret: true })
  @IsString()
  readonly secretKeys!: string;
}

const logger = new Logger('Fixture');

@Controller()
class FixtureController {
  @Get('slow') async slow(): Promise<string> {
    logger.log('slow request began');
    await new Promise((resolve) => setTimeout(resolve, 400));
    return 'answered';
  }
  @Get('reject') reject(): string {
    void Promise.reject(new Error('nobody caught this'));
    return 'ok';
  }
  @Get('throw') throw(): string {
    setImmediate(() => {
      throw new Error('nobody caught that');
    });
    return 'ok';
  }
}

class Resource implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    logger.log('database closed');
  }
}

@Module({ controllers: [FixtureController], providers: [Resource] })
class FixtureModule {}

class FixtureConsumer extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }
  async close(): Promise<void> {
    if (process.argv.includes('--hang')) await new Promise(() => undefined);
    logger.log('batch finished');
  }
  on(): void {
    // No events of its own.
  }
  unwrap(): never {
    throw new Error('nothing inside');
  }
}

void bootstrap({
  service: 'fixture-service',
  config: FixtureConfig,
  module: () => FixtureModule,
  consumers: () => [new FixtureConsumer()],
  onReady: (_app, config) => logger.log(`keys ${config.secretKeys}`),
});
