import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/**
 * The time by which waits end: the database's, one for all instances. By its own clock an instance that is minutes
 * ahead would close joins whose click may still come; for the rest, the database and the brokers keep time by NTP.
 */
@Injectable()
export class LogClock {
  /** Unix ms. */
  async now(manager: EntityManager): Promise<number> {
    const [row]: { now_ms: string }[] = await manager.query(
      'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms',
    );
    return Number(row?.now_ms);
  }
}
