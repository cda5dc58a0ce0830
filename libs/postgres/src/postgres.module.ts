import { DatabaseConfig, HealthRegistry, type HealthResult } from '@clickjoin/service-kit';
import { Inject, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { DatabaseSettings } from './database/database-settings';
import { openDataSource, type DatabaseOptions } from './database/open-data-source';
import { FencedTransactions } from './fence/fenced-transactions';
import { Outbox } from './outbox/outbox';
import { OutboxSignal } from './outbox/outbox-signal';
import { withOutboxSteps } from './outbox/outbox-steps';

export interface PostgresModuleOptions extends DatabaseOptions {
  /** The service's name; its database is `<DATABASE_PREFIX>_<name>`. */
  readonly database: string;
  /**
   * What `/health/ready` says while the database is away. `degraded` is for a service that goes on without it: a
   * load balancer must not take it out. `down` without it.
   */
  readonly whenAway?: 'degraded' | 'down';
}

const WHEN_AWAY = Symbol('whenAway');

/**
 * The service's database through @nestjs/typeorm: `DataSource`, `EntityManager`, repositories by
 * `TypeOrmModule.forFeature`, and our `FencedTransactions` and `Outbox`. Global. Import it before modules that write
 * while they close: what was imported first is closed last.
 */
@Module({})
export class PostgresModule implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly health: HealthRegistry,
    @Inject(WHEN_AWAY) private readonly whenAway: 'degraded' | 'down',
  ) {}

  static forService({
    database,
    whenAway = 'down',
    migrations,
    ...rest
  }: PostgresModuleOptions): DynamicModule {
    const options = { ...rest, migrations: withOutboxSteps(migrations) };
    return {
      module: PostgresModule,
      global: true,
      imports: [
        DatabaseSettingsModule.forService(database),
        TypeOrmModule.forRootAsync({
          inject: [DatabaseSettings],
          useFactory: (settings: DatabaseSettings) => ({
            type: 'postgres' as const,
            url: settings.url,
            // Our own waiting knows which errors are worth it.
            toRetry: () => false,
            // Carried to the factory below, which gets nothing but these options.
            extra: { settings },
          }),
          dataSourceFactory: (typeormOptions) => openDataSource(settingsIn(typeormOptions), options),
        }),
      ],
      providers: [OutboxSignal, Outbox, FencedTransactions, { provide: WHEN_AWAY, useValue: whenAway }],
      exports: [DatabaseSettingsModule, OutboxSignal, Outbox, FencedTransactions],
    };
  }

  onModuleInit(): void {
    const check = async (): Promise<HealthResult> => {
      await this.dataSource.query('SELECT 1');
      return { status: 'up' };
    };
    this.health.register('database', check, { failing: this.whenAway });
  }
}

/** Apart, so that @nestjs/typeorm can have the settings injected. */
@Module({})
class DatabaseSettingsModule {
  static forService(service: string): DynamicModule {
    return {
      module: DatabaseSettingsModule,
      global: true,
      providers: [
        {
          provide: DatabaseSettings,
          inject: [DatabaseConfig],
          useFactory: ({ databaseUrl, databasePrefix }: DatabaseConfig) =>
            new DatabaseSettings(databaseUrl, databasePrefix, service),
        },
      ],
      exports: [DatabaseSettings],
    };
  }
}

function settingsIn(options: DataSourceOptions | undefined): DatabaseSettings {
  const { settings } = (options?.extra ?? {}) as { settings?: unknown };
  if (!(settings instanceof DatabaseSettings))
    throw new Error('The database settings got lost on the way to TypeORM');
  return settings;
}
