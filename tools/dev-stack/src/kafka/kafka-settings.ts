export interface KafkaPorts {
  readonly port: number;
  readonly controllerPort: number;
  /** The port that clients are told to use: a proxy's, or the broker's own. */
  readonly advertisedPort: number;
}

/**
 * One KRaft node that is broker and controller at once, made small and quiet: it shares a developer's
 * machine with five services and their tests. Returned as the text of a server.properties file.
 */
export function kafkaSettings(ports: KafkaPorts, logDir: string): string {
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${ports.port},CONTROLLER://127.0.0.1:${ports.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.advertisedPort},CONTROLLER://127.0.0.1:${ports.controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controllerPort}`,
    'log.dirs': logDir,

    // Topics are made by an explicit step; a misspelt name must fail, not create a topic.
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 10,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 2,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,

    // A group's first member need not wait for others, and a killed one is missed after 6 s at most.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 6000,
    // A killed broker may register again only when its old session has run out, 9 s by default.
    'broker.session.timeout.ms': 4000,
    'broker.heartbeat.interval.ms': 1000,

    // Otherwise the controller writes a no-op record twice a second: half of an idle broker's work.
    'metadata.max.idle.interval.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    // Takes 128 MB of a 256 MB heap by default.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    'log.segment.bytes': 128 * 1024 * 1024,
    'log.index.size.max.bytes': 1024 * 1024,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}

/** Warnings and errors only, on standard output, where the parent reads them. */
export const LOGGING = `rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %-5p %c{1}: %m%n%throwable
# Says at each start that a new controller is active, as a warning.
logger.quorum.name = org.apache.kafka.controller.QuorumController
logger.quorum.level = error
`;
