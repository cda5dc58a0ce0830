import { Module } from '@nestjs/common';
import { ClicksHandler } from './clicks.handler';
import { ClicksStore } from './clicks.store';

@Module({ controllers: [ClicksHandler], providers: [ClicksStore] })
export class ClicksModule {}
