import { queryOptions, skipToken, type QueryClient } from '@tanstack/react-query';
import type { components } from '../../api/schema';

type Verdict = components['schemas']['PixelTestView']['verdict'];

/** The latest test event's verdict, for as long as the page is open: no service keeps it. */
export const pixelTestQuery = (pixelId: string) =>
  queryOptions<Verdict>({ queryKey: ['pixel-tests', pixelId], queryFn: skipToken, gcTime: Infinity });

export function rememberTest(queries: QueryClient, pixelId: string, verdict: Verdict): void {
  queries.setQueryDefaults(['pixel-tests', pixelId], { gcTime: Infinity });
  queries.setQueryData(['pixel-tests', pixelId], verdict);
}
