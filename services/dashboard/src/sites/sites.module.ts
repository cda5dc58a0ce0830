import { Module } from '@nestjs/common';
import { SettingsModule } from '../settings/settings.module';
import { ScriptSeenHandler } from './script-seen.handler';
import { ScriptSeenStore } from './script-seen.store';
import { SitesController } from './sites.controller';
import { SitesService } from './sites.service';

@Module({
  imports: [SettingsModule],
  controllers: [SitesController, ScriptSeenHandler],
  providers: [SitesService, ScriptSeenStore],
  exports: [SitesService, ScriptSeenStore],
})
export class SitesModule {}
