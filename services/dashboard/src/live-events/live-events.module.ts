import { Module } from '@nestjs/common';
import { ChangeWatch } from './change-watch';
import { LiveEvents } from './live-events';
import { LiveEventsController } from './live-events.controller';

@Module({ controllers: [LiveEventsController], providers: [LiveEvents, ChangeWatch] })
export class LiveEventsModule {}
