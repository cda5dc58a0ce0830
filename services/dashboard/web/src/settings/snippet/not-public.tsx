import { Alert } from '@mantine/core';

export const NotPublic = () => (
  <Alert color="yellow" variant="light" title="These addresses are of this machine">
    Visitors can’t reach them. Set PUBLIC_CLICK_URL to the public address of the click service.
  </Alert>
);
