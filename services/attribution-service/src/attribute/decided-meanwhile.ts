import { Retriable } from '@clickjoin/kafka';

/** A decision met a row that another transaction wrote meanwhile: decide again on what is there now. */
export class DecidedMeanwhile extends Retriable {}
