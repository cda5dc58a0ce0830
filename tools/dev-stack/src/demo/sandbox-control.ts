import type {
  FaultsUpdate,
  JoinResult,
  NewBot,
  NewChannel,
  NewJoin,
  SeenEvent,
  TelegramState,
  TikTokSummary,
} from '@clickjoin/sandbox';
import { callJson } from './http';

/** The sandbox's control API: people and owners at Telegram, and what TikTok received. */
export class SandboxControl {
  constructor(readonly url: string) {}

  addBot(bot: NewBot): Promise<{ botId: number; username: string }> {
    return this.#post('/telegram/bots', bot);
  }

  addChannel(channel: NewChannel): Promise<{ chatId: number }> {
    return this.#post('/telegram/channels', channel);
  }

  async makeAdmin(chatId: number, botId: number): Promise<void> {
    await this.#post(`/telegram/channels/${chatId}/admins`, { botId });
  }

  async addPixel(pixel: { pixelCode: string; accessToken: string }): Promise<void> {
    await this.#post('/tiktok/pixels', pixel);
  }

  /** @throws UnexpectedAnswer with 409 where Telegram would not let them in. */
  join(join: NewJoin): Promise<JoinResult> {
    return this.#post('/telegram/joins', join);
  }

  async setFaults(faults: FaultsUpdate): Promise<void> {
    await callJson(`${this.url}/control/faults`, { method: 'PUT', body: faults });
  }

  telegram(): Promise<TelegramState> {
    return this.#get('/telegram/state');
  }

  async tiktokEvents(): Promise<readonly SeenEvent[]> {
    return (await this.#get<{ events: readonly SeenEvent[] }>('/tiktok/events')).events;
  }

  tiktokSummary(): Promise<TikTokSummary> {
    return this.#get('/tiktok/summary');
  }

  async #get<T>(path: string): Promise<T> {
    return (await (await callJson(`${this.url}/control${path}`)).json()) as T;
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    return (await (await callJson(`${this.url}/control${path}`, { method: 'POST', body })).json()) as T;
  }
}
