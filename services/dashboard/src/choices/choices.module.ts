import { Module } from '@nestjs/common';
import { ChoicesController } from './choices.controller';

@Module({ controllers: [ChoicesController], providers: [] })
export class ChoicesModule {}
