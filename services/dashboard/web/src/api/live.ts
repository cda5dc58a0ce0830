import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { isKind, RESOURCES_OF, type Resource } from './resources';

/** However much happens, a screen reads its data again at most this often. */
const GATHER_MS = 1_000;

/**
 * Listens to what changed in the system and has the queries about it read again. The API says from when on it tells
 * (`watching`, also each time that the browser has reconnected): what happened before is not told, so then everything
 * is read again.
 */
export function useLiveUpdates(): void {
  const queries = useQueryClient();
  useEffect(() => listen(queries), [queries]);
}

/** @returns what ends it. */
export function listen(queries: QueryClient): () => void {
  const stale = new Set<Resource>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    for (const resource of stale) void readAgain(queries, { queryKey: [resource] });
    stale.clear();
  };
  const source = new EventSource('/v1/events');
  source.addEventListener('changed', ({ data }: MessageEvent<string>) => {
    for (const resource of changedResources(data)) stale.add(resource);
    timer ??= setTimeout(flush, GATHER_MS);
  });
  source.addEventListener('watching', () => void readAgain(queries, {}));
  return () => {
    source.close();
    clearTimeout(timer);
  };
}

/**
 * A first answer that is still on its way is not asked for again by an invalidation, and may be from before the change:
 * then it is read once more when it is here.
 */
async function readAgain(
  queries: QueryClient,
  filter: { readonly queryKey?: readonly Resource[] },
): Promise<void> {
  const onTheWay = queries
    .getQueryCache()
    .findAll({ ...filter, fetchStatus: 'fetching' })
    .filter(({ state }) => state.data === undefined);
  await queries.invalidateQueries(filter);
  await Promise.all(onTheWay.map(({ queryKey }) => queries.invalidateQueries({ queryKey, exact: true })));
}

/** What the screen shows of the kinds that an event names; a kind of a newer server is passed over. */
export function changedResources(data: string): readonly Resource[] {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return [];
  }
  const kinds = (event as { kinds?: unknown } | null)?.kinds;
  if (!Array.isArray(kinds)) return [];
  return kinds.filter(isKind).flatMap((kind) => RESOURCES_OF[kind]);
}
