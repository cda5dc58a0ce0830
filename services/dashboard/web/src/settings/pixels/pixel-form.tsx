import { PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client';
import { useSubmit } from '../../api/form';
import { FormEnd } from '../../display/form-end';
import type { Pixel } from './pixels-query';

interface PixelFormProps {
  readonly siteId: string;
  /** Absent: a new one. */
  readonly pixel?: Pixel;
  readonly done: (pixel: Pixel) => void;
  readonly cancel?: () => void;
}

interface PixelValues {
  name: string;
  pixelCode: string;
  accessToken: string;
  wireFormat: '1.0' | '2.0';
  testEventCode: string;
}

export function PixelForm({ siteId, pixel, done, cancel }: PixelFormProps) {
  const queries = useQueryClient();
  const form = useForm<PixelValues>({
    initialValues: {
      name: pixel?.name ?? 'TikTok pixel',
      pixelCode: pixel?.pixelCode ?? '',
      accessToken: '',
      wireFormat: pixel?.wireFormat ?? '1.0',
      testEventCode: pixel?.testEventCode ?? '',
    },
    validate: {
      name: (name) => (name.trim() === '' ? 'Give it a name' : null),
      pixelCode: (code) =>
        /^[A-Za-z0-9]{8,64}$/.test(code.trim())
          ? null
          : '8 to 64 letters and digits, as Events Manager shows it',
      accessToken: (token) =>
        (pixel && token === '') || /^[\x21-\x7e]{8,1000}$/.test(token.trim())
          ? null
          : 'Copy it whole: 8 to 1000 characters without spaces',
    },
  });
  const { submit, isSending, problem } = useSubmit({
    form,
    send: (values) => save(siteId, pixel, values),
    done: (saved) => {
      void queries.invalidateQueries({ queryKey: ['pixels'] });
      void queries.invalidateQueries({ queryKey: ['checklist'] });
      done(saved);
    },
  });
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="For you; TikTok does not see it."
          maxLength={200}
          {...form.getInputProps('name')}
        />
        <TextInput
          label="Pixel code"
          description="TikTok Events Manager → Web events → your pixel: the code under its name."
          placeholder="C4A1B2C3D4E5F6G7H8I9"
          autoComplete="off"
          {...form.getInputProps('pixelCode')}
        />
        <PasswordInput
          label="Access token"
          description={
            pixel
              ? 'Leave it empty to keep the one that is there.'
              : 'The pixel’s Settings → Events API → Generate access token. Kept sealed; never shown again.'
          }
          placeholder={pixel ? '••••••••' : ''}
          autoComplete="off"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the token', tabIndex: 0 }}
          {...form.getInputProps('accessToken')}
        />
        <div>
          <Text size="sm" fw={500} mb={4} id="wire-format">
            Events API
          </Text>
          <SegmentedControl
            aria-labelledby="wire-format"
            data={[
              { value: '1.0', label: '1.0' },
              { value: '2.0', label: '2.0' },
            ]}
            {...form.getInputProps('wireFormat')}
          />
        </div>
        {pixel && (
          <TextInput
            label="Test event code"
            description="While it is set, every event goes out as a test and none counts. Empty it for real events."
            maxLength={100}
            autoComplete="off"
            {...form.getInputProps('testEventCode')}
          />
        )}
        <FormEnd
          problem={problem}
          isSending={isSending}
          submit={pixel ? 'Save' : 'Add the pixel'}
          cancel={cancel}
        />
      </Stack>
    </form>
  );
}

function save(siteId: string, pixel: Pixel | undefined, values: PixelValues): Promise<Pixel> {
  const { name, pixelCode, accessToken, wireFormat, testEventCode } = values;
  if (pixel === undefined)
    return dataOf(
      api.POST('/v1/sites/{siteId}/pixels', {
        params: { path: { siteId } },
        body: { name, pixelCode: pixelCode.trim(), accessToken: accessToken.trim(), wireFormat },
      }),
    );
  return dataOf(
    api.PATCH('/v1/pixels/{pixelId}', {
      params: { path: { pixelId: pixel.pixelId } },
      body: {
        name,
        pixelCode: pixelCode.trim(),
        wireFormat,
        testEventCode: testEventCode.trim() === '' ? null : testEventCode.trim(),
        ...(accessToken === '' ? {} : { accessToken: accessToken.trim() }),
      },
    }),
  );
}
