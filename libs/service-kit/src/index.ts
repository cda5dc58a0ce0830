// First: decorators of configuration classes write to it as soon as they are loaded.
import 'reflect-metadata';
export { BaseConfig, DatabaseConfig } from './config/base-config';
export { BaseUrl } from './config/base-url';
export { ConfigError, type ConfigFault } from './config/config-error';
export { Env, SecretKeys, type EnvOptions } from './config/env';
export { loadConfig } from './config/load-config';
export {
  HealthRegistry,
  type HealthCheck,
  type HealthReport,
  type HealthResult,
} from './health/health-registry';
export {
  counter,
  defineMetrics,
  gauge,
  histogram,
  type MetricDefinition,
  type MetricsOf,
} from './metrics/define-metrics';
export { InternalApiGuard } from './internal-api/internal-api.guard';
export { MetricsRegistry } from './metrics/metrics-registry';
export { Problem, type FieldFault, type ProblemOptions } from './problems/problem';
export { createLogger, type LoggerOptions } from './logging/logger';
export { redactText, redactValue } from './logging/redact';
export { bootstrap } from './runtime/bootstrap';
export { CLOCK, SYSTEM_CLOCK } from './runtime/clock';
export { RANDOM, type Random } from './runtime/random';
export { Lifecycle, type ServiceState } from './runtime/lifecycle';
export { ServiceKitModule, type ServiceKitOptions } from './runtime/service-kit.module';
export type { HttpOptions, ServiceDefinition } from './runtime/service-definition';
export { WakeUp } from './runtime/wake-up';
export { startService, type RunningService, type StartOptions } from './runtime/start-service';
