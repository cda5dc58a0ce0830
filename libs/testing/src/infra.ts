export interface TestInfra {
  /** As KAFKA_BROKERS takes it. */
  readonly brokers: string;
  /** The server's URL; each spec makes its own database with `createTestDatabase`. */
  readonly databaseUrl: string;
}

/**
 * The Kafka and PostgreSQL that the int tier's global set-up started for this run.
 * @throws outside the int tier.
 */
export function testInfra(): TestInfra {
  const { TEST_KAFKA_BROKERS, TEST_DATABASE_URL } = process.env;
  if (!TEST_KAFKA_BROKERS || !TEST_DATABASE_URL) {
    throw new Error(
      'No Kafka and PostgreSQL here: name the file *.int.spec.ts and run it with TEST_TIER=int.',
    );
  }
  return { brokers: TEST_KAFKA_BROKERS, databaseUrl: TEST_DATABASE_URL };
}
