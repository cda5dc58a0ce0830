import { Injectable } from '@nestjs/common';
import { DashboardConfig } from './config';

/** Addresses that visitors use. */
@Injectable()
export class PublicAddresses {
  /** Whether somebody said where visitors reach the click-service. */
  readonly isKnown: boolean;
  private readonly base: string;

  constructor({ publicClickUrl, clickServiceUrl }: DashboardConfig) {
    this.isKnown = publicClickUrl !== undefined;
    this.base = (publicClickUrl ?? clickServiceUrl).replace(/\/+$/, '');
  }

  click(slug: string): string {
    return `${this.base}/c/${slug}`;
  }

  script(): string {
    return `${this.base}/t.js`;
  }

  clicksApi(): string {
    return `${this.base}/v1/clicks`;
  }
}
