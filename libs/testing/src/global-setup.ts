import { type StartedInfra, startInfra } from './start-infra';

declare global {
  var clickjoinTestInfra: StartedInfra | undefined;
}

/** Jest's int tier: one Kafka and one PostgreSQL for the whole run, handed to the workers by environment. */
export default async function globalSetup(): Promise<void> {
  const infra = await startInfra(process.env);
  globalThis.clickjoinTestInfra = infra;
  process.env.TEST_KAFKA_BROKERS = infra.brokers;
  process.env.TEST_DATABASE_URL = infra.databaseUrl;
}
