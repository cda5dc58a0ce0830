import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { databaseName } from './database-name';
import { DatabaseSettings, serverOf } from './database-settings';
import { isTransientDatabaseError } from './transient-error';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

describe('isTransientDatabaseError', () => {
  it.each([
    { name: 'the server is not there yet', error: withCode('ECONNREFUSED'), transient: true },
    {
      name: 'both addresses of localhost refuse',
      error: new AggregateError([withCode('ECONNREFUSED')]),
      transient: true,
    },
    { name: 'the server is starting up', error: withCode('57P03'), transient: true },
    { name: 'an administrator ended the session', error: withCode('57P01'), transient: true },
    { name: 'all connection slots are taken', error: withCode('53300'), transient: true },
    { name: 'two transactions waited for each other', error: withCode('40P01'), transient: true },
    { name: 'a statement ran into its time limit', error: withCode('57014'), transient: true },
    {
      name: 'the connection broke within a transaction',
      error: new QueryRunnerAlreadyReleasedError(),
      transient: true,
    },
    {
      name: 'TypeORM wraps what the driver threw',
      error: new QueryFailedError('SELECT', [], withCode('08006')),
      transient: true,
    },
    {
      name: 'the driver gives no code',
      error: new Error('Connection terminated unexpectedly'),
      transient: true,
    },
    {
      name: 'a table has changed under a named statement',
      error: Object.assign(withCode('0A000'), { routine: 'RevalidateCachedQuery' }),
      transient: true,
    },
    { name: 'the server can not do it', error: withCode('0A000'), transient: false },
    { name: 'a unique key decided', error: withCode('23505'), transient: false },
    { name: 'a table is missing', error: withCode('42P01'), transient: false },
    { name: 'wrong password', error: withCode('28P01'), transient: false },
    { name: 'a mistake of ours', error: new TypeError('undefined is not a function'), transient: false },
    { name: 'no error at all', error: 'ECONNREFUSED', transient: false },
  ])('$name: $transient', ({ error, transient }) => expect(isTransientDatabaseError(error)).toBe(transient));
});

describe('DatabaseSettings', () => {
  it('gives each service a database of its own on the server', () => {
    const settings = new DatabaseSettings(
      'postgres://u:p@db:5433/main?sslmode=disable',
      'clickjoin',
      'click-service',
    );
    expect(settings.database).toBe('clickjoin_click_service');
    expect(settings.url).toBe('postgres://u:p@db:5433/clickjoin_click_service?sslmode=disable');
    expect(settings.serverUrl).toBe('postgres://u:p@db:5433/main?sslmode=disable');
    expect(new DatabaseSettings('postgres://db', 'a', 'b').serverUrl).toBe('postgres://db/postgres');
  });

  it('names a server without its user', () => expect(serverOf('postgres://u:p@db:5433/x')).toBe('db:5433'));

  it.each(['x'.repeat(60), 'Big', '1st'])(
    'refuses the prefix %s, which Postgres would cut or fold',
    (prefix) => {
      expect(() => databaseName(prefix, 'click-service')).toThrow('no database name');
    },
  );
});
