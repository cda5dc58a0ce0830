import { Accordion, Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconSend } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import { useSubmit } from '../../api/form';
import type { components } from '../../api/schema';
import { CopyField } from '../../display/copy-field';
import { StatePill } from '../../display/state-pill';
import { VERDICTS } from '../../display/words';
import { rememberTest } from './pixel-tests';
import type { Pixel } from './pixels-query';

type TestResult = components['schemas']['PixelTestView'];

/** V1: one event that never counts, with the raw answer. */
export function PixelTest({ pixel, done }: { pixel: Pixel; done?: (result: TestResult) => void }) {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { testEventCode: pixel.testEventCode ?? '' },
    validate: {
      testEventCode: (code) => (code.trim() === '' ? 'Copy it from Events Manager → Test events' : null),
    },
  });
  const { submit, isSending, problem, mutation } = useSubmit({
    form,
    send: ({ testEventCode }) =>
      dataOf(
        api.POST('/v1/pixels/{pixelId}/test', {
          params: { path: { pixelId: pixel.pixelId } },
          body: { testEventCode: testEventCode.trim() },
        }),
      ),
    done: (result) => {
      rememberTest(queries, pixel.pixelId, result.verdict);
      void queries.invalidateQueries({ queryKey: ['pixels'] });
      void queries.invalidateQueries({ queryKey: ['checklist'] });
      done?.(result);
    },
  });
  return (
    <Stack gap="sm">
      <form onSubmit={form.onSubmit(submit)} noValidate>
        <Group align="flex-start" gap="sm">
          <TextInput
            label="Test event code"
            description="Events Manager → your pixel → Test events. It never counts."
            placeholder="TEST12345"
            autoComplete="off"
            style={{ flex: '1 1 14rem' }}
            {...form.getInputProps('testEventCode')}
          />
          <Button
            type="submit"
            mt={44}
            variant="default"
            loading={isSending}
            leftSection={<IconSend size={16} stroke={1.6} />}
          >
            Send test event
          </Button>
        </Group>
      </form>
      {problem !== undefined && (
        <Alert color="red" variant="light" role="alert">
          {problem}
        </Alert>
      )}
      {mutation.data && <TestAnswer result={mutation.data} />}
    </Stack>
  );
}

function TestAnswer({ result }: { result: TestResult }) {
  const { verdict, explanation, httpStatus, rawAnswer, request } = result;
  return (
    <Stack gap="xs" role="status">
      <Group gap="sm">
        <StatePill word={VERDICTS[verdict]} />
        <Text size="sm">{explanation}</Text>
      </Group>
      <CopyField
        label="TikTok’s raw answer"
        value={`${httpStatus === null ? 'No answer' : `HTTP ${httpStatus}`}${rawAnswer === null ? '' : `\n${rawAnswer}`}`}
      />
      <Accordion variant="default" chevronPosition="left">
        <Accordion.Item value="request">
          <Accordion.Control>The exact request</Accordion.Control>
          <Accordion.Panel>
            <CopyField
              isTall
              label="The exact request"
              value={[
                `POST ${request.url}`,
                ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
                '',
                request.body,
              ].join('\n')}
            />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}
