import { Module } from '@nestjs/common';
import { EventPreviews } from './event-previews';
import { EventPreviewsController } from './event-previews.controller';

@Module({ controllers: [EventPreviewsController], providers: [EventPreviews] })
export class EventPreviewsModule {}
