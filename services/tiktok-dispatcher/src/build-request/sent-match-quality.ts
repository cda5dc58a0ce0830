import { matchQualityOf, type ConversionAttributed, type MatchQuality } from '@clickjoin/contracts';
import { isPublicAddress } from './public-address';

/** By what TikTok can match the event that is sent: an address that stays here is no signal. */
export function sentMatchQualityOf(conversion: ConversionAttributed): MatchQuality {
  const { ip, ...others } = conversion.visitor;
  const visitor = ip !== undefined && isPublicAddress(ip) ? conversion.visitor : others;
  return matchQualityOf({ ad: conversion.ad, clickAgeMs: conversion.clickAgeMs, visitor });
}
