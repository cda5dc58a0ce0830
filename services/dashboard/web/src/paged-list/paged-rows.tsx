import { Box, Button, Center } from '@mantine/core';
import type { ReactNode } from 'react';
import { Empty, Failure, Loading } from '../states/states';
import type { PagedList } from './use-paged-list';

interface PagedRowsProps<Row> {
  readonly list: PagedList<Row>;
  readonly empty: ReactNode;
  /** Placeholders until the first page is there, and the space around them. */
  readonly loading: { readonly rows: number; readonly padding?: 'md' };
  readonly children: (rows: readonly Row[]) => ReactNode;
}

/** A paged list in each of its states: not there yet, failed, empty, or rows with a way to more of them. */
export function PagedRows<Row>({ list, empty, loading, children }: PagedRowsProps<Row>) {
  const { rows, error, hasMore, isReadingMore, readMore, readAgain } = list;
  if (rows === undefined && error !== null) return <Failure error={error} retry={readAgain} />;
  if (rows === undefined)
    return (
      <Box p={loading.padding ?? 0}>
        <Loading rows={loading.rows} />
      </Box>
    );
  if (rows.length === 0) return empty;
  return (
    <>
      {children(rows)}
      {hasMore && (
        <Center p="md">
          <Button variant="default" size="xs" loading={isReadingMore} onClick={readMore}>
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}

/** There are rows, but none that fits. */
export const NoMatch = ({ what, clear }: { what: string; clear: () => void }) => (
  <Empty
    title={`No ${what} match`}
    action={
      <Button variant="default" onClick={clear}>
        Clear the filters
      </Button>
    }
  >
    Nothing in this period fits all the filters.
  </Empty>
);
