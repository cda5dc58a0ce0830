import type { Judgement } from './judge';

/** 20001: "partially successful"; no source shows which part. 40050: it has these, or some of them. */
const PARTIAL = 20001;
const DUPLICATE = 40050;

/**
 * What the answer to a request with several events means for each of them (reference/tiktok-events-api.md §4). TikTok
 * takes or refuses a request as a whole, and doesn't say whose fault it was in a way to rely on.
 */
export function judgeInBatch(judgement: Judgement, events: number): Judgement {
  if (events < 2) return judgement;
  const others = `${events - 1} other${events === 2 ? '' : 's'}`;
  if (judgement.code === PARTIAL || judgement.code === DUPLICATE) {
    return {
      ...judgement,
      verdict: 'unknown',
      retry: 'alone',
      explanation: `TikTok took only part of the request in which this event went with ${others}, and did not say which. It is sent again alone.`,
    };
  }
  if (judgement.verdict !== 'rejected') return judgement;
  return {
    ...judgement,
    verdict: 'failed',
    retry: 'apart',
    explanation: `TikTok took none of the request in which this event went with ${others}, since at least one of them is invalid. They are sent again in smaller requests, to find out which.`,
  };
}
