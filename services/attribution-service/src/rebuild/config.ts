import { loadConfig } from '@clickjoin/service-kit';
import { AttributionConfig } from '../config';

/** The service's own environment, but for its port: the service itself may be running beside. */
export const rebuildConfig = (env: NodeJS.ProcessEnv = process.env): AttributionConfig =>
  loadConfig(AttributionConfig, { ...env, PORT: '0' });
