import { Module } from '@nestjs/common';
import { SummaryController } from './summary.controller';
import { SummaryReader } from './summary.reader';

@Module({ controllers: [SummaryController], providers: [SummaryReader] })
export class SummaryModule {}
