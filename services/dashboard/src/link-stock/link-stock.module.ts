import { Module } from '@nestjs/common';
import { LinkStock } from './link-stock';
import { LinkStockController } from './link-stock.controller';

@Module({ controllers: [LinkStockController], providers: [LinkStock], exports: [LinkStock] })
export class LinkStockModule {}
