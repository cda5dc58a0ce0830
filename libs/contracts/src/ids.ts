import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';

/**
 * Ids are made from the facts they stand for. A redelivered update, a retry or a replay of a topic therefore
 * gives the same id, and a unique key turns "again" into "nothing to do". Changing a namespace or a name below
 * would make every replay a new conversion, that is: double counting at TikTok.
 */
const CLICKJOIN = '6f1d4f2e-6a57-5c0b-9d2c-1f0f2b6c7a10';
const JOINS = uuidv5('join', CLICKJOIN);
const CONVERSIONS = uuidv5('conversion', CLICKJOIN);
const DELIVERIES = uuidv5('delivery', CLICKJOIN);

/** A new click: time-ordered, so that indexes on it stay compact. */
export const newClickId = (): string => uuidv7();

/** A new settings record (site, pixel). */
export const newSettingsId = (): string => uuidv7();

/** @param joinedAtSeconds `date` of Telegram's update, in Unix seconds; the same over redeliveries and bots. */
export const joinIdOf = (chatId: string, telegramUserId: string, joinedAtSeconds: number): string =>
  uuidv5(`${chatId}|${telegramUserId}|${joinedAtSeconds}`, JOINS);

export const conversionIdOf = (joinId: string): string => uuidv5(joinId, CONVERSIONS);

/** A conversion is delivered once to each pixel of its site. */
export const deliveryIdOf = (conversionId: string, pixelId: string): string =>
  uuidv5(`${conversionId}|${pixelId}`, DELIVERIES);

/** TikTok's dedup key. The prefix is part of the contract with users (product.md). */
export const tiktokEventIdOf = (conversionId: string): string => `adtarget_${conversionId}`;
