import { Alert, Button, Group } from '@mantine/core';

interface FormEndProps {
  /** What the whole form was refused for, beside what stands at its fields. */
  readonly problem: string | undefined;
  readonly isSending: boolean;
  readonly submit: string;
  /** Without it the form is no dialog: there is nowhere to go back to. */
  readonly cancel?: (() => void) | undefined;
  readonly isDestructive?: boolean;
  readonly isDisabled?: boolean;
}

export const FormEnd = ({ problem, isSending, submit, cancel, isDestructive, isDisabled }: FormEndProps) => (
  <>
    {problem !== undefined && (
      <Alert color="red" variant="light" role="alert">
        {problem}
      </Alert>
    )}
    <Group justify={cancel ? 'flex-end' : 'flex-start'}>
      {cancel && (
        <Button variant="default" onClick={cancel}>
          Cancel
        </Button>
      )}
      <Button
        type="submit"
        loading={isSending}
        disabled={isDisabled ?? false}
        {...(isDestructive === true ? { color: 'red' } : {})}
      >
        {submit}
      </Button>
    </Group>
  </>
);
