import { Alert, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { BotForm } from '../settings/bots/bot-form';
import { botsQuery } from '../settings/bots/bots-query';

export function BotStep() {
  const { data } = useQuery(botsQuery);
  const [isChanging, setChanging] = useState(false);
  const bot = data?.items[0];
  if (bot === undefined || isChanging)
    return <BotForm label="Check and connect" done={() => setChanging(false)} />;
  return (
    <Stack gap="sm">
      <Text size="sm">@{bot.username} answers. It serves all your sites.</Text>
      {bot.check?.problems.map(({ problem, explanation, advice }) => (
        <Alert key={problem} color="red" variant="light" title={explanation}>
          {advice}
        </Alert>
      ))}
    </Stack>
  );
}
