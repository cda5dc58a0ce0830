import { Global, Module } from '@nestjs/common';
import { PublicAddresses } from '../public-addresses';
import { InternalApi } from './internal-api';

@Global()
@Module({ providers: [InternalApi, PublicAddresses], exports: [InternalApi, PublicAddresses] })
export class InternalApiModule {}
