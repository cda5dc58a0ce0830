import { Inject, Injectable, Logger } from '@nestjs/common';
import { topics } from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { Lifecycle, WakeUp } from '@clickjoin/service-kit';

type Consumer = ReturnType<KafkaClient['consumer']>;

const GROUP = 'join-service.pollers';
/** Until another instance takes over from one that was killed. The broker's lower bound is 6 s. */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 2_000;
const RESTART_PAUSE_MS = 2_000;

/**
 * Which of several instances polls. Telegram allows one poll a bot: of two, each would end the other's (409), again and
 * again. Kafka already knows how to give a partition to one member of a group, so whoever holds the one partition of the
 * bots' settings polls (ADR 13). Nothing rests on it but peace: while two believe it, for seconds after a freeze, Telegram
 * refuses one of them, and what both got has the same ids.
 */
@Injectable()
export class PollLeadership {
  private readonly logger = new Logger(PollLeadership.name);
  private readonly ended = new WakeUp();
  private readonly listeners = new Set<() => void>();
  private running: Promise<void> | undefined;
  private leads = false;

  constructor(
    @Inject(KafkaClient) private readonly kafka: Pick<KafkaClient, 'consumer' | 'nameOf'>,
    private readonly lifecycle: Lifecycle,
  ) {}

  isLeading(): boolean {
    return this.leads;
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Takes part from now on; an installation that polls for no bot has no use for the group. */
  take(): void {
    this.running ??= this.run();
  }

  /** Gives way to another instance at once; to be called when nothing is polled any more. */
  async leave(): Promise<void> {
    this.ended.now();
    await this.running;
  }

  private async run(): Promise<void> {
    const { stopping } = this.lifecycle;
    while (!stopping.aborted) {
      const consumer = this.kafka.consumer({
        groupId: GROUP,
        sessionTimeout: SESSION_TIMEOUT_MS,
        heartbeatInterval: HEARTBEAT_MS,
      });
      try {
        await this.begin(consumer);
        await this.ended.within(2 ** 31 - 1);
      } catch (error) {
        this.logger.warn({ reason: String(error) }, 'could not take part in who polls');
      }
      this.lead(false);
      await this.end(consumer);
      // Ends at once in a shutdown.
      await this.ended.within(RESTART_PAUSE_MS, stopping);
    }
  }

  private async begin(consumer: Consumer): Promise<void> {
    const { GROUP_JOIN, CRASH } = consumer.events;
    const topic = this.kafka.nameOf(topics.bot.name);
    consumer.on(GROUP_JOIN, ({ payload }) => this.lead(isAssigned(payload.memberAssignment, topic)));
    consumer.on(CRASH, ({ payload }) => {
      this.logger.warn({ reason: payload.error.message }, 'left the group of those who poll');
      this.lead(false);
      this.ended.now();
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: false });
    // The records are of no interest here, and no offset is kept: only who holds the partition counts.
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
  }

  private async end(consumer: Consumer): Promise<void> {
    try {
      await consumer.disconnect();
    } catch (error) {
      this.logger.debug({ reason: String(error) }, 'the group of those who poll was not left cleanly');
    }
  }

  private lead(leads: boolean): void {
    if (this.leads === leads) return;
    this.leads = leads;
    this.logger.log(leads ? 'this instance polls from now on' : 'this instance does not poll any more');
    for (const listener of this.listeners) listener();
  }
}

/** A member that got no partition has no entry, whatever the type says. */
const isAssigned = (
  assignment: Readonly<Record<string, readonly number[] | undefined>>,
  topic: string,
): boolean => (assignment[topic] ?? []).length > 0;
