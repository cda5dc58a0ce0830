import { bootstrap } from '@clickjoin/service-kit';
import { definition } from './definition';

void bootstrap(definition);
