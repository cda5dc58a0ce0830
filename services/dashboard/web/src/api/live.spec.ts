import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { changedResources, listen } from './live';

class FakeSource extends EventTarget {
  static opened: FakeSource | undefined;
  isClosed = false;

  constructor(readonly url: string) {
    super();
    FakeSource.opened = this;
  }

  say(event: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
  }

  close(): void {
    this.isClosed = true;
  }
}

describe('listen', () => {
  const before = globalThis.EventSource;
  beforeEach(() => {
    jest.useFakeTimers();
    Object.assign(globalThis, { EventSource: FakeSource });
  });
  afterEach(() => {
    jest.useRealTimers();
    Object.assign(globalThis, { EventSource: before });
  });

  const listening = () => {
    const queries = new QueryClient();
    const invalidateQueries = jest.spyOn(queries, 'invalidateQueries');
    const end = listen(queries);
    const source = FakeSource.opened;
    if (source === undefined) throw new Error('nothing was opened');
    return { queries, invalidateQueries, source, end };
  };

  it('reads everything once more when the API begins to tell, also after it was away', () => {
    const { invalidateQueries, source, end } = listening();
    source.dispatchEvent(new Event('open'));
    expect(invalidateQueries).not.toHaveBeenCalled();
    source.say('watching', {});
    source.say('watching', {});
    expect(invalidateQueries.mock.calls).toEqual([[{}], [{}]]);
    end();
  });

  it('reads what changed, at most once a second, each resource once', () => {
    const { invalidateQueries, source, end } = listening();
    source.say('changed', { kinds: ['clicks'] });
    source.say('changed', { kinds: ['clicks', 'access'] });
    expect(invalidateQueries).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1_000);
    expect(invalidateQueries.mock.calls).toEqual(
      ['overview', 'checklist', 'api-tokens', 'audit'].map((resource) => [{ queryKey: [resource] }]),
    );
    end();
  });

  it('reads once more what was on its way already, since that may be from before', async () => {
    const { queries, source, end } = listening();
    const answers: ((sites: string) => void)[] = [];
    const shown = new QueryObserver(queries, {
      queryKey: ['sites'],
      queryFn: () => new Promise<string>((answer) => answers.push(answer)),
    });
    const leave = shown.subscribe(() => undefined);
    source.say('watching', {});
    answers[0]?.('as they were');
    await jest.advanceTimersByTimeAsync(0);
    expect(answers).toHaveLength(2);
    answers[1]?.('as they are');
    await jest.advanceTimersByTimeAsync(0);
    expect(shown.getCurrentResult().data).toBe('as they are');
    leave();
    queries.clear();
    end();
  });

  it('is silent when it has ended', () => {
    const { invalidateQueries, source, end } = listening();
    source.say('changed', { kinds: ['clicks'] });
    end();
    jest.advanceTimersByTime(10_000);
    expect(source.isClosed).toBe(true);
    expect(invalidateQueries).not.toHaveBeenCalled();
  });
});

it.each(['', '{', 'null', '{"kinds":7}', '{"kinds":["of-a-newer-server",null]}'])(
  'finds nothing in %j, and does not mind',
  (data) => expect(changedResources(data)).toEqual([]),
);
