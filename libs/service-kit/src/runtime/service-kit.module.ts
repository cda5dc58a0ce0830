import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { HealthRegistry } from '../health/health-registry';
import { createLogger } from '../logging/logger';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { CLOCK, SYSTEM_CLOCK } from './clock';
import { Lifecycle } from './lifecycle';
import { RANDOM } from './random';

export interface ServiceKitOptions {
  readonly service: string;
  /** Provided under its class and all its base classes, so that a lib asks for `DatabaseConfig` and gets it. */
  readonly config: object;
  readonly health?: HealthRegistry;
  readonly metrics?: MetricsRegistry;
  readonly lifecycle?: Lifecycle;
}

/** What every part of a service may ask for: its config, the clock, random numbers, health, metrics, lifecycle. Global. */
@Module({})
export class ServiceKitModule {
  /** `startService` makes it; a test without HTTP imports it by itself. */
  static forRoot({
    service,
    config,
    health = new HealthRegistry(),
    metrics = new MetricsRegistry(service),
    lifecycle = new Lifecycle(health, createLogger({ service, level: 'silent' }), () => undefined),
  }: ServiceKitOptions): DynamicModule {
    const providers: Provider[] = [
      ...configClassesOf(config).map((token) => ({ provide: token, useValue: config })),
      { provide: CLOCK, useValue: SYSTEM_CLOCK },
      { provide: RANDOM, useValue: Math.random },
      { provide: HealthRegistry, useValue: health },
      { provide: MetricsRegistry, useValue: metrics },
      { provide: Lifecycle, useValue: lifecycle },
    ];
    return { module: ServiceKitModule, global: true, providers, exports: providers };
  }
}

function configClassesOf(config: object): Type[] {
  const classes: Type[] = [];
  let level = Object.getPrototypeOf(config) as object;
  while (level !== Object.prototype) {
    classes.push(level.constructor as Type);
    level = Object.getPrototypeOf(level) as object;
  }
  return classes;
}
