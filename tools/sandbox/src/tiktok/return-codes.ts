/** The return codes that the sandbox gives (reference tiktok-events-api.md, section 4). */
export const CODE = {
  ok: 0,
  partial: 20001,
  noPermission: 40001,
  parameterError: 40002,
  noSuchPixel: 40007,
  personalDataNotHashed: 40062,
  invalidPartnerName: 40063,
  throttled: 40100,
  tokenMissing: 40104,
  tokenUnknown: 40105,
  internalError: 50000,
} as const;
