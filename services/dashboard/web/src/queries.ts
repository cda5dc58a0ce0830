import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './api/problem';

const isSignedOut = (error: unknown): boolean => error instanceof ApiProblem && error.status === 401;

/** What a query that is refused does not get by asking again. */
const isFinal = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status >= 400 && error.status < 500;

/** @param onSignedOut the session ended while the page was open. */
export function createQueries(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: (error) => isSignedOut(error) && onSignedOut() }),
    defaultOptions: {
      queries: {
        // Live updates say when something changed; this is for what comes back into view.
        staleTime: 15_000,
        retry: (failures, error) => !isFinal(error) && failures < 2,
      },
    },
  });
}
