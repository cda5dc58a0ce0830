import { counter, defineMetrics, gauge } from '@clickjoin/service-kit';

export class SettingsTablesMetrics extends defineMetrics({
  rows: gauge({
    name: 'clickjoin_kafka_table_rows',
    unit: 'records held in memory',
    rise: 'more settings',
    labels: ['topic'],
  }),
  records: counter({
    name: 'clickjoin_kafka_table_records_total',
    unit: 'records read, by what became of them',
    rise: '"applied", "deleted": somebody changes settings; "stale": two writers, or a replay; "invalid": a producer breaks the contract, and the old setting stays',
    labels: ['topic', 'outcome'],
  }),
}) {}
