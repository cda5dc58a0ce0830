import { Global, Module } from '@nestjs/common';
import { KeysetReader } from './keyset';

@Global()
@Module({ providers: [KeysetReader], exports: [KeysetReader] })
export class KeysetModule {}
