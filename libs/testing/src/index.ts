export { eventually, type EventuallyOptions } from './eventually';
export { FakeClock } from './fake-clock';
export { testInfra, type TestInfra } from './infra';
export { programPath } from './program-path';
export { spawnSource, type SourceProcess } from './spawn-source';
export { KafkaApi, TcpProxy } from './tcp-proxy';
export { createTestDatabase, type TestDatabase } from './test-database';
export { createTopics, produce, readAll, type TopicSpec } from './topics';
export { uniquePrefix } from './unique-prefix';
