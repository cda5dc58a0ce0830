import { Module } from '@nestjs/common';
import { WebUi, webUiRoot } from './web-ui';

@Module({ providers: [WebUi, webUiRoot] })
export class WebUiModule {}
