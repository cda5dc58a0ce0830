/** Nest on Express with class-validator and a kafkajs send for each request: how most would write it. */
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Module,
  Post,
  UnauthorizedException,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { ClickDto } from './click.dto';
import { linkStock, peerEnv, recordOf } from './peer';

const PRODUCER = Symbol('Producer');
const { port, brokers, topic, siteKey } = peerEnv();
const takeLink = linkStock();

@Controller()
class ClickController {
  constructor(@Inject(PRODUCER) private readonly producer: Producer) {}

  @Get('health/ready')
  ready(): { status: string } {
    return { status: 'up' };
  }

  @Post('v1/clicks')
  @HttpCode(202)
  async capture(
    @Headers('authorization') authorization: string | undefined,
    @Body() body: ClickDto,
  ): Promise<{ clickId: string; link: string }> {
    if (authorization !== `Bearer ${siteKey}`) throw new UnauthorizedException();
    const link = takeLink();
    const { clickId, key, value, headers } = recordOf(body, link);
    await this.producer.send({ topic, acks: -1, messages: [{ key, value, headers }] });
    return { clickId, link: link.url };
  }
}

@Module({
  controllers: [ClickController],
  providers: [
    {
      provide: PRODUCER,
      useFactory: async () => {
        const kafka = new Kafka({ clientId: 'peer', brokers, logLevel: logLevel.NOTHING });
        const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
        await producer.connect();
        return producer;
      },
    },
  ],
})
class PeerModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(PeerModule, new ExpressAdapter(), { logger: false });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
  await app.listen(port, '127.0.0.1');
}

void main();
