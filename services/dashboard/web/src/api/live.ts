import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { isKind, RESOURCES_OF, type Resource } from './resources';

/**
 * The API compares what is with what was, once a second, from the opening on: what happened before its first look is no
 * news to it. So after each opening everything is read once more when that look is surely over.
 */
const FIRST_LOOK_MS = 2_500;

/** However much happens, a screen reads its data again at most this often. */
const GATHER_MS = 1_000;

/**
 * Listens to what changed in the system and has the queries about it read again. A browser reconnects by itself; what
 * happened meanwhile is not told, so then everything is read again.
 */
export function useLiveUpdates(): void {
  const queries = useQueryClient();
  useEffect(() => listen(queries), [queries]);
}

function listen(queries: QueryClient): () => void {
  const stale = new Set<Resource>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opening: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    for (const resource of stale) void queries.invalidateQueries({ queryKey: [resource] });
    stale.clear();
  };
  const source = new EventSource('/v1/events');
  source.addEventListener('changed', ({ data }: MessageEvent<string>) => {
    for (const resource of changedResources(data)) stale.add(resource);
    timer ??= setTimeout(flush, GATHER_MS);
  });
  source.addEventListener('open', () => {
    clearTimeout(opening);
    opening = setTimeout(() => void queries.invalidateQueries(), FIRST_LOOK_MS);
  });
  return () => {
    source.close();
    clearTimeout(timer);
    clearTimeout(opening);
  };
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
