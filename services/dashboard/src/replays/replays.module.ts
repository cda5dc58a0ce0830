import { Module } from '@nestjs/common';
import { Replays } from './replays';
import { ReplaysController } from './replays.controller';

@Module({ controllers: [ReplaysController], providers: [Replays] })
export class ReplaysModule {}
