/** Kafka and PostgreSQL as child processes, and nothing that needs a built workspace. */
export { CannotStart } from './infra/cannot-start';
export { freePort, freePorts } from './infra/free-ports';
export { OwnedProcess, type Exit, type OwnedProcessOptions } from './infra/owned-process';
export { reaper } from './infra/reaper';
export { temporaryFolder, type TemporaryFolder } from './infra/temporary-folder';
export { startKafka, type KafkaOptions, type RunningKafka } from './kafka/embedded-kafka';
export { readTopic, type TopicRecord } from './kafka/read-topic';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres/embedded-postgres';
