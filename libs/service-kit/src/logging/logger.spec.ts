import { createLogger, ServiceLogger } from './logger';
import { redactText } from './redact';

const BOT_TOKEN = '7123456789:AAHfiqksKZ8WmR2zSjiQ7_v4TMAKdiHm9T0';
const ACCESS_TOKEN = 'f00dfacef00dfacef00dfacef00dface00000001';
const SECRET_KEY = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=';
const VISITOR_IP = '203.0.113.77';
const USER_AGENT = 'Mozilla/5.0 (Invented; Phone 1)';
const ALL = [BOT_TOKEN, ACCESS_TOKEN, SECRET_KEY, VISITOR_IP, USER_AGENT];

function logTo(): { lines: string[]; logger: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test-service',
    level: 'trace',
    secrets: [SECRET_KEY],
    write: (line) => lines.push(line),
  });
  return { lines, logger };
}

class FailedStatement extends Error {
  readonly parameters = [VISITOR_IP, ACCESS_TOKEN];
  readonly detail = `Failing row contains (${USER_AGENT})`;
}

describe('the log', () => {
  it.each<[string, (logger: ReturnType<typeof createLogger>) => void]>([
    [
      'a field',
      (log) => log.info({ accessToken: ACCESS_TOKEN, ip: VISITOR_IP, user_agent: USER_AGENT }, 'x'),
    ],
    ['a deep field', (log) => log.info({ a: [{ pixel: { 'Access-Token': ACCESS_TOKEN } }] }, 'x')],
    [
      'a headers object',
      (log) =>
        log.info({
          headers: {
            authorization: 'Basic abc',
            cookie: `clickjoin_session=${ACCESS_TOKEN}`,
            'user-agent': USER_AGENT,
            'x-forwarded-for': VISITOR_IP,
          },
        }),
    ],
    [
      'a personal sub-object',
      (log) => log.info({ event: { visitor: { ip: VISITOR_IP, userAgent: USER_AGENT } } }),
    ],
    ['the message', (log) => log.info(`calling https://api.telegram.org/bot${BOT_TOKEN}/getMe`)],
    ['an encoded URL', (log) => log.info({ url: `/bot${BOT_TOKEN.replace(':', '%3A')}/getMe` })],
    ['a bare bot token', (log) => log.warn(`token of the bot: ${BOT_TOKEN}`)],
    ['a format argument', (log) => log.info('token=%s for %s', ACCESS_TOKEN, 'pixel')],
    ['a query string', (log) => log.info({ url: `/x?access_token=${ACCESS_TOKEN}&a=1` })],
    ['a bearer token', (log) => log.info(`Authorization: Bearer ${ACCESS_TOKEN}`)],
    ['a cookie in text', (log) => log.info(`cookie: theme=dark; clickjoin_session=${ACCESS_TOKEN}`)],
    ['JSON in text', (log) => log.info(`answer was ${JSON.stringify({ access_token: ACCESS_TOKEN })}`)],
    [
      'an error and its cause',
      (log) =>
        log.error({
          err: new Error(`Access-Token: ${ACCESS_TOKEN}`, { cause: new Error(`bot${BOT_TOKEN}`) }),
        }),
    ],
    [
      'an error under another name',
      (log) => log.error({ failure: new Error(`/bot${BOT_TOKEN}/sendMessage failed`) }),
    ],
    [
      'the values of a failed statement',
      (log) => log.error({ err: new FailedStatement('insert failed'), other: new FailedStatement('x') }),
    ],
    ['an error as the whole entry', (log) => log.error(new FailedStatement(`secret_token=${ACCESS_TOKEN}`))],
    ['a child logger', (log) => log.child({ token: ACCESS_TOKEN, note: `key ${SECRET_KEY}` }).info('x')],
    ['a secret of the configuration, anywhere', (log) => log.info({ list: [`found ${SECRET_KEY} here`] })],
    ['a URL with a password', (log) => log.info(`postgres://click:${ACCESS_TOKEN}@db:5432/x`)],
  ])('does not show secrets or people in %s', (_path, write) => {
    const { lines, logger } = logTo();
    write(logger);
    expect(lines).toHaveLength(1);
    for (const secret of ALL) expect(lines[0]).not.toContain(secret);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'test-service' });
  });

  it('goes through Nest loggers with fields, message and context', () => {
    const { lines, logger } = logTo();
    const nest = new ServiceLogger(logger);
    nest.warn({ topic: 'a.b.v1', token: ACCESS_TOKEN }, 'late', 'Reader');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 40,
      topic: 'a.b.v1',
      msg: 'late',
      context: 'Reader',
      token: '[redacted]',
    });
  });

  it('keeps what helps: numbers of tokens, hosts, ids, error codes', () => {
    const { lines, logger } = logTo();
    logger.warn(
      {
        broker: '127.0.0.1:9092',
        chatId: '-1001234567890',
        err: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
      },
      'POST /v1/bots failed: unexpected end',
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      broker: '127.0.0.1:9092',
      chatId: '-1001234567890',
      err: { type: 'Error', code: 'ECONNREFUSED' },
      msg: 'POST /v1/bots failed: unexpected end',
    });
  });

  it("leaves the framework's own start-up news to the debug level", () => {
    const lines: string[] = [];
    const nest = new ServiceLogger(
      createLogger({ service: 's', level: 'info', write: (line) => lines.push(line) }),
    );
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.log('something of ours', 'ClickController');
    expect(lines).toHaveLength(1);
  });

  it('does not touch text without secrets', () => {
    const text =
      'link 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08: 42 clicks, offset 17 of tracking.click-captured.v1-3, https://t.me/joined';
    expect(redactText(text)).toBe(text);
  });
});
