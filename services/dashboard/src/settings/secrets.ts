import { parseSecretKeys, sealSecret, type SealedSecret, type SecretKeyring } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DashboardConfig } from '../config';

/** Seals what users type in. Nothing here opens anything: only the service that uses a secret does. */
@Injectable()
export class Secrets {
  private readonly keyring: SecretKeyring;

  constructor(config: DashboardConfig) {
    this.keyring = parseSecretKeys(config.secretKeys);
  }

  /** @param record one of contracts' `secretRecords`: the secret opens there and nowhere else. */
  seal(record: string, secret: string): SealedSecret {
    return sealSecret(this.keyring, record, secret);
  }
}
