import { Module } from '@nestjs/common';
import { RestoreSettings } from './restore-settings';

@Module({ providers: [RestoreSettings] })
export class RestoreSettingsModule {}
