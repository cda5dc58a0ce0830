import { Module } from '@nestjs/common';
import { Secrets } from './secrets';
import { SettingsLog } from './settings-log';

/** What sites, pixels, bots and channels share: how a change is published, and how a secret is sealed. */
@Module({ providers: [SettingsLog, Secrets], exports: [SettingsLog, Secrets] })
export class SettingsModule {}
