/** A refused Bot API call, as its envelope: `{ok:false, error_code, description, parameters?}`. */
export class ApiError extends Error {
  constructor(
    readonly errorCode: number,
    description: string,
    readonly retryAfterSeconds?: number,
    readonly migrateToChatId?: number,
  ) {
    super(description);
    this.name = 'ApiError';
  }
}

export const badRequest = (what: string): ApiError => new ApiError(400, `Bad Request: ${what}`);
export const forbidden = (what: string): ApiError => new ApiError(403, `Forbidden: ${what}`);
export const conflict = (what: string): ApiError => new ApiError(409, `Conflict: ${what}`);
export const migrated = (toChatId: number): ApiError =>
  new ApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', undefined, toChatId);
export const tooManyRequests = (seconds: number): ApiError =>
  new ApiError(429, `Too Many Requests: retry after ${seconds}`, seconds);
