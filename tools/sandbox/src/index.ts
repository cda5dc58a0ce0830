export { startSandbox, type Sandbox, type SandboxOptions } from './sandbox';
export type { Clock } from './clock';
export {
  NO_FAULTS,
  type Faults,
  type FaultsUpdate,
  type ScriptedTelegramFault,
  type ScriptedTikTokFault,
  type TelegramFaults,
  type TikTokFaults,
  type TikTokRequestFault,
} from './faults';
export { InvalidInput } from './input';
export {
  Refused,
  type ChatChange,
  type NewBot,
  type NewChannel,
  type NewJoin,
  type RefusalReason,
  type TelegramStandIn,
} from './telegram/telegram';
export type { BotState, ChannelState, JoinResult, JoinVia, TelegramState } from './telegram/state';
export type * from './telegram/wire';
export type { Envelope, TikTokStandIn, TikTokSummary } from './tiktok/tiktok';
export type { SeenEvent } from './tiktok/event-ledger';
export type { LoggedRequest } from './tiktok/request-log';
