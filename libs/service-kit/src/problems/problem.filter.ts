import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { Problem } from './problem';

/** Every error of a request becomes `application/problem+json` (RFC 9457); what we didn't foresee says nothing but 500. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    // A consumer's handler: the batch server decides by the error's class, which Nest's own filter would hide.
    if (host.getType() !== 'http') return throwError(() => error);

    const problem = problemFrom(error);
    if (problem.status === 500) this.logger.error({ err: error }, 'a request failed');
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!reply.sent) {
      void reply
        .status(problem.status)
        .headers(problem.headers)
        .header('content-type', 'application/problem+json; charset=utf-8')
        .send(JSON.stringify(problem));
    }
    return undefined;
  }
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return new Problem(status, status < 500 ? { detail: detailOf(error) } : {});
  }
  // Fastify's own refusals (body too large, not JSON, unknown media type) carry a status and a harmless text.
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    if (error.statusCode >= 400 && error.statusCode < 500)
      return new Problem(error.statusCode, { detail: error.message });
    if (error.statusCode === 503) return new Problem(503);
  }
  return new Problem(500);
}

function detailOf(error: HttpException): string {
  const response = error.getResponse();
  if (typeof response === 'object' && 'message' in response) {
    const { message } = response;
    if (Array.isArray(message)) return message.join('; ');
    if (typeof message === 'string') return message;
  }
  return error.message;
}
