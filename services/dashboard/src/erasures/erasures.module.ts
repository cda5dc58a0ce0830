import { Module } from '@nestjs/common';
import { Erasures } from './erasures';
import { ErasuresController } from './erasures.controller';

@Module({ controllers: [ErasuresController], providers: [Erasures] })
export class ErasuresModule {}
