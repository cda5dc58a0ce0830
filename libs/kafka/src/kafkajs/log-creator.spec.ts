import { type LogEntry, logLevel } from './index';
import { createLogCreator } from './log-creator';

function write(level: logLevel, message: string, extra: Record<string, unknown> = {}) {
  const logger = { error: jest.fn(), warn: jest.fn(), debug: jest.fn() };
  const entry: LogEntry = {
    namespace: 'Connection',
    level,
    label: '',
    log: { timestamp: '', message, ...extra },
  };
  createLogCreator(logger)()(entry);
  return logger;
}

describe('log of kafkajs', () => {
  it.each([
    {
      name: 'a fresh broker has no coordinator yet: no error',
      level: logLevel.ERROR,
      message: 'Response GroupCoordinator(key: 10, version: 2)',
      extra: { error: 'The group coordinator is not available' },
      goesTo: 'debug' as const,
    },
    {
      name: 'a coordinator that loads',
      level: logLevel.ERROR,
      message: 'Response OffsetFetch(key: 9)',
      extra: { error: "The coordinator is loading and hence can't process requests for this group" },
      goesTo: 'debug' as const,
    },
    {
      name: 'a rebalance',
      level: logLevel.WARN,
      message: 'The group is rebalancing, re-joining',
      extra: {},
      goesTo: 'debug' as const,
    },
    {
      name: 'joins and starts',
      level: logLevel.INFO,
      message: 'Starting',
      extra: {},
      goesTo: 'debug' as const,
    },
    {
      name: 'a real warning',
      level: logLevel.WARN,
      message: 'Something is odd',
      extra: {},
      goesTo: 'warn' as const,
    },
    {
      name: 'a real error',
      level: logLevel.ERROR,
      message: 'Connection error: ECONNREFUSED',
      extra: {},
      goesTo: 'error' as const,
    },
  ])('$name goes to $goesTo', ({ level, message, extra, goesTo }) => {
    const logger = write(level, message, extra);
    expect(logger[goesTo]).toHaveBeenCalledWith(expect.objectContaining(extra), `Connection: ${message}`);
    expect(
      logger.error.mock.calls.length + logger.warn.mock.calls.length + logger.debug.mock.calls.length,
    ).toBe(1);
  });

  it('says the same thing once in ten seconds', () => {
    const logger = { error: jest.fn(), warn: jest.fn(), debug: jest.fn() };
    let now = 0;
    const log = createLogCreator(logger, () => now)();
    const say = (message: string): void =>
      log({
        namespace: 'Connection',
        level: logLevel.ERROR,
        label: '',
        log: { timestamp: '', message },
      });
    say('refused');
    say('refused');
    say('reset');
    now = 11_000;
    say('refused');
    expect(logger.error.mock.calls.map(([, sentence]) => sentence as string)).toEqual([
      'Connection: refused',
      'Connection: reset',
      'Connection: refused',
    ]);
    expect(logger.debug).toHaveBeenCalledTimes(1);
  });
});
