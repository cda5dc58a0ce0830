import type { DynamicModule, Type } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { BaseConfig } from '../config/base-config';

export interface HttpOptions {
  /** CIDRs of the proxies whose `X-Forwarded-For` counts. None: the client is the peer. */
  readonly trustedProxies?: readonly string[];
  /** Larger bodies are refused with 413. 256 KiB without it. */
  readonly bodyLimitBytes?: number;
  /** Request line and headers together; more is refused with 431. Node's 16 KiB without it. */
  readonly headerLimitBytes?: number;
}

/** All that makes a service this service; `bootstrap` does what all services do alike. */
export interface ServiceDefinition<C extends BaseConfig> {
  /** Kebab-case name: in logs, metrics, as CloudEvents source. */
  readonly service: string;
  readonly version?: string;
  readonly config: new () => C;
  readonly module: (config: C) => DynamicModule | Type;
  /** Consumers, asked for once all providers exist; they begin when the HTTP port is open. */
  readonly consumers?: (app: NestFastifyApplication) => readonly CustomTransportStrategy[];
  readonly http?: (config: C) => HttpOptions;
  /** After the consumers have begun: the last step of the start. */
  readonly onReady?: (app: NestFastifyApplication, config: C) => Promise<void> | void;
}
