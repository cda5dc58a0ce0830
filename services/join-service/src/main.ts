// First: the config's decorators read it as soon as they are loaded.
import 'reflect-metadata';
import { bootstrap } from '@clickjoin/service-kit';
import { joinService } from './service';

void bootstrap(joinService);
