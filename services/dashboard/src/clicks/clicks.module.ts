import { Module } from '@nestjs/common';
import { ClickCapturedHandler } from './click-captured.handler';
import { ClicksStore } from './clicks.store';

@Module({ controllers: [ClickCapturedHandler], providers: [ClicksStore] })
export class ClicksModule {}
