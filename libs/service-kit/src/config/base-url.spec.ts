import { BaseUrl } from './base-url';
import { ConfigError } from './config-error';
import { loadConfig } from './load-config';

class Config {
  @BaseUrl()
  readonly telegramApiUrl: string = 'https://api.telegram.org';
}

class Strict {
  @BaseUrl()
  readonly apiUrl!: string;
}

const messageOf = (load: () => unknown): string => {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
};

describe('BaseUrl', () => {
  it.each([
    'https://api.telegram.org',
    'https://business-api.tiktok.com/open_api/v1.3',
    'http://127.0.0.1:8081/',
    'http://telegram-bot-api:8081/behind/a/path/',
    'http://[::1]:8081',
  ])('takes %s', (url) => {
    expect(loadConfig(Config, { TELEGRAM_API_URL: url }).telegramApiUrl).toBe(url);
  });

  it.each([
    { name: 'no URL', url: 'api.telegram.org', problem: 'must be an http(s) URL' },
    { name: 'no host', url: 'https://', problem: 'must be an http(s) URL' },
    { name: 'another protocol', url: 'ftp://api.telegram.org', problem: 'must be an http(s) URL' },
    { name: 'a host taken for a protocol', url: 'localhost:8081', problem: 'must be an http(s) URL' },
    {
      name: 'a query',
      url: 'https://api.telegram.org/?a=1',
      problem: 'must be an address and a path, nothing else',
    },
    {
      name: 'a fragment',
      url: 'https://api.telegram.org/#a',
      problem: 'must be an address and a path, nothing else',
    },
    {
      name: 'credentials',
      url: 'https://u:invented@api.telegram.org',
      problem: 'must be an address and a path, nothing else',
    },
  ])('refuses $name, with the default as example', ({ url, problem }) => {
    const message = messageOf(() => loadConfig(Config, { TELEGRAM_API_URL: url }));
    expect(message).toContain(`TELEGRAM_API_URL is wrong: ${problem}`);
    expect(message).toContain('for example TELEGRAM_API_URL=https://api.telegram.org');
    expect(message).not.toContain('invented');
  });

  it('must be set where there is no default', () => {
    expect(messageOf(() => loadConfig(Strict, {}))).toContain('API_URL is not set');
  });
});
