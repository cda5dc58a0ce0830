import { Module } from '@nestjs/common';
import { SitesModule } from '../sites/sites.module';
import { OverviewController } from './overview.controller';
import { OverviewReader } from './overview.reader';

@Module({ imports: [SitesModule], controllers: [OverviewController], providers: [OverviewReader] })
export class OverviewModule {}
