import { callJson, type JsonCall, UnexpectedAnswer } from './http';

export interface Summary {
  readonly clicks: number;
  readonly joins: number;
  readonly attributed: number;
  /** By reason; what did not occur is left out. */
  readonly organic: Readonly<Record<string, number>>;
  readonly waiting: number;
  /** By state; what did not occur is left out. */
  readonly deliveries: Readonly<Record<string, number>>;
}

export interface Channel {
  readonly chatId: string;
  readonly status: 'detected' | 'configured';
}

export interface ChannelSetUp {
  readonly siteId: string;
  readonly slug: string;
  readonly eventType: string;
  readonly value?: number;
  readonly currency?: string;
}

/** The dashboard's public REST API, as a program of a user's would call it. */
export class DashboardClient {
  #cookie = '';

  constructor(
    readonly url: string,
    private readonly password: string,
  ) {}

  async addSite(name: string): Promise<string> {
    const { siteId } = await this.#call<{ siteId: string }>('/v1/sites', { method: 'POST', body: { name } });
    return siteId;
  }

  async addBot(token: string): Promise<string> {
    const { botId } = await this.#call<{ botId: string }>('/v1/bots', { method: 'POST', body: { token } });
    return botId;
  }

  async addPixel(
    siteId: string,
    pixel: { name: string; pixelCode: string; accessToken: string; wireFormat: '1.0' | '2.0' },
  ): Promise<string> {
    const path = `/v1/sites/${siteId}/pixels`;
    const { pixelId } = await this.#call<{ pixelId: string }>(path, { method: 'POST', body: pixel });
    return pixelId;
  }

  async channels(): Promise<readonly Channel[]> {
    return (await this.#call<{ items: readonly Channel[] }>('/v1/channels')).items;
  }

  async setUpChannel(chatId: string, setUp: ChannelSetUp): Promise<void> {
    await this.#call(`/v1/channels/${chatId}`, { method: 'PUT', body: setUp });
  }

  summary(): Promise<Summary> {
    return this.#call('/v1/summary');
  }

  async #call<T>(path: string, call: JsonCall = {}): Promise<T> {
    if (this.#cookie === '') await this.#signIn();
    try {
      return (await (await this.#send(path, call)).json()) as T;
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer && error.status === 401)) throw error;
      await this.#signIn();
      return (await (await this.#send(path, call)).json()) as T;
    }
  }

  #send(path: string, call: JsonCall): Promise<Response> {
    return callJson(`${this.url}${path}`, { ...call, headers: { cookie: this.#cookie } });
  }

  async #signIn(): Promise<void> {
    const body = { password: this.password };
    const response = await callJson(`${this.url}/v1/session`, { method: 'POST', body });
    this.#cookie = response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';', 1)[0])
      .join('; ');
  }
}
