import {
  openSecret,
  parseSecretKeys,
  sealSecret,
  type SealedSecret,
  type SecretKeyring,
} from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DashboardConfig } from '../config';

/** Seals what users type in. Nothing here hands an opened secret out: only the service that uses one opens it. */
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

  /** Binds a sealed secret to another record. @throws SecretKeyError when its key is not known any more. */
  reseal(sealed: SealedSecret, from: string, to: string): SealedSecret {
    return this.seal(to, openSecret(this.keyring, from, sealed));
  }
}
