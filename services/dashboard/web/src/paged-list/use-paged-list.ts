import {
  infiniteQueryOptions,
  keepPreviousData,
  useInfiniteQuery,
  type InfiniteData,
} from '@tanstack/react-query';

interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
}

/** What the API's lists take beside their filters. */
interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** A list that the API gives page by page. The first part of the key is the resource that it reads. */
export const pagedQuery = <Row>(
  queryKey: readonly unknown[],
  limit: number,
  read: (page: PageRequest) => Promise<Page<Row>>,
) =>
  infiniteQueryOptions<Page<Row>, Error, InfiniteData<Page<Row>, string>, readonly unknown[], string>({
    queryKey,
    queryFn: ({ pageParam }) => read({ limit, ...(pageParam === '' ? {} : { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export interface PagedList<Row> {
  /** Undefined until the first page is there. */
  readonly rows: readonly Row[] | undefined;
  /** Why there are no rows. */
  readonly error: Error | null;
  readonly isReading: boolean;
  readonly hasMore: boolean;
  readonly isReadingMore: boolean;
  readonly readMore: () => void;
  readonly readAgain: () => void;
}

/** With other filters the rows of before stay until the new ones are there: nothing jumps. */
export function usePagedList<Row>(query: ReturnType<typeof pagedQuery<Row>>): PagedList<Row> {
  const list = useInfiniteQuery({ ...query, placeholderData: keepPreviousData });
  return {
    rows: list.data?.pages.flatMap(({ items }) => items),
    error: list.error,
    isReading: list.isFetching,
    hasMore: list.hasNextPage,
    isReadingMore: list.isFetchingNextPage,
    readMore: () => void list.fetchNextPage(),
    readAgain: () => void list.refetch(),
  };
}
