import type { BotProblem } from '@clickjoin/contracts';

export interface ProblemInWords {
  readonly explanation: string;
  readonly advice: string;
}

/** What keeps a bot's updates from coming, in the words of the one who has to do something about it. */
const IN_WORDS: Readonly<Record<BotProblem, ProblemInWords>> = {
  'token-refused': {
    explanation: "Telegram refuses the bot's token: it was revoked, or the bot was deleted.",
    advice: 'Ask @BotFather for a new token (/token) and enter it here.',
  },
  'telegram-unreachable': {
    explanation: 'Telegram does not answer this server.',
    advice: 'Check that the server may open connections to api.telegram.org. It is tried again by itself.',
  },
  'no-webhook-url': {
    explanation:
      'This system has no public address to which Telegram could send updates, and polling is off.',
    advice: 'Set PUBLIC_WEBHOOK_URL of the join-service, or let the bot fetch its updates by long polling.',
  },
  'webhook-errors': {
    explanation: 'Telegram cannot deliver updates to the public address.',
    advice: 'Look at what Telegram says below; mostly it is the certificate, the firewall or the proxy.',
  },
  'updates-pending': {
    explanation: 'Updates pile up at Telegram: they come slower than they arise.',
    advice: 'Look at the health of the join-service. Telegram keeps updates for 24 hours.',
  },
  'webhook-taken': {
    explanation: 'Another program keeps taking the updates of this bot, by its own webhook or by polling.',
    advice: 'Stop the other program, or use a bot of your own for Clickjoin.',
  },
};

export const botProblemInWords = (problem: BotProblem): ProblemInWords => IN_WORDS[problem];
