import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';

/** The list that is shown, whole, as a file. */
export const CsvButton = ({
  path,
  filter,
}: {
  path: `/v1/${string}.csv`;
  filter: Readonly<Record<string, string>>;
}) => (
  <Button
    component="a"
    href={`${path}?${new URLSearchParams(filter).toString()}`}
    download
    variant="default"
    leftSection={<IconDownload size={16} stroke={1.6} />}
  >
    CSV
  </Button>
);
