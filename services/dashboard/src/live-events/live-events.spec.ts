import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Lifecycle } from '@clickjoin/service-kit';
import type { Principal } from '../sign-in/principal';
import type { ChangeWatch, Look } from './change-watch';
import { LiveEvents } from './live-events';

/** Looks take as long as the test wants. */
class FakeWatch {
  readonly looks: { readonly principals: readonly Principal[]; readonly seen: (look: Look) => void }[] = [];

  look(principals: readonly Principal[]): Promise<Look> {
    return new Promise((seen) => this.looks.push({ principals, seen }));
  }

  forget(): void {
    // Only its timing matters here.
  }

  async see(kinds: Look['kinds'] = []): Promise<void> {
    this.looks.at(-1)?.seen({ kinds, valid: () => true });
    await jest.advanceTimersByTimeAsync(0);
  }
}

class FakeClient {
  readonly request = new EventEmitter();
  heard = '';

  open(events: LiveEvents): void {
    const raw = Object.assign(new EventEmitter(), {
      writeHead: () => undefined,
      write: (text: string) => (this.heard += text),
      end: () => undefined,
      writableLength: 0,
    }) as unknown as ServerResponse;
    const principal: Principal = { kind: 'api-token', tokenId: 'a', name: 'a', scope: 'read' };
    events.open(principal, { raw: this.request }, { raw, hijack: () => undefined, getHeaders: () => ({}) });
  }

  leave(): void {
    this.request.emit('close');
  }
}

describe('live events', () => {
  let watch: FakeWatch;
  let events: LiveEvents;
  const stopping = new AbortController();

  beforeEach(() => {
    jest.useFakeTimers();
    watch = new FakeWatch();
    events = new LiveEvents(watch as unknown as ChangeWatch, { stopping: stopping.signal } as Lifecycle, {
      now: () => 0,
    });
  });
  afterEach(() => jest.useRealTimers());

  it('say that they watch when the first look is over, and once', async () => {
    const client = new FakeClient();
    client.open(events);
    await jest.advanceTimersByTimeAsync(0);
    expect(client.heard).not.toContain('watching');
    await watch.see();
    expect(client.heard).toMatch(/event: watching\ndata: \{\}\n\n$/);
    await jest.advanceTimersByTimeAsync(1_000);
    await watch.see(['joins']);
    expect(client.heard.match(/event: \w+/g)).toEqual(['event: watching', 'event: changed']);
    client.leave();
  });

  it('do not say so to one who came during a look, which the last one before may have taken along', async () => {
    const [one, other] = [new FakeClient(), new FakeClient()];
    one.open(events);
    await jest.advanceTimersByTimeAsync(0);
    one.leave();
    other.open(events);
    await watch.see();
    expect(other.heard).not.toContain('watching');
    await jest.advanceTimersByTimeAsync(1_000);
    await watch.see();
    expect(watch.looks).toHaveLength(2);
    expect(other.heard).toContain('event: watching');
    other.leave();
  });
});
