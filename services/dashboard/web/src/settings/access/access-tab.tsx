import { Stack } from '@mantine/core';
import { ApiTokens } from './api-tokens';
import { AuditList } from './audit-list';
import { ErasePerson } from './erase-person';
import { PasswordForm } from './password-form';

export const AccessTab = () => (
  <Stack>
    <PasswordForm />
    <ApiTokens />
    <ErasePerson />
    <AuditList />
  </Stack>
);
