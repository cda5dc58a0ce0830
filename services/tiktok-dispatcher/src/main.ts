// First: the decorators of the config read it as soon as they are loaded.
import 'reflect-metadata';
import { bootstrap } from '@clickjoin/service-kit';
import { definition } from './definition';

void bootstrap(definition);
