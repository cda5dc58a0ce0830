import { Problem } from '@clickjoin/service-kit';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../api/http';

const CHANGES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * A page of another origin can send a form with the visitor's cookies, but JSON only after asking (CORS preflight),
 * which this service never grants. A line of its own behind the SameSite cookie and SameOriginGuard.
 */
@Injectable()
export class JsonOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { method, headers } = context.switchToHttp().getRequest<HttpRequest>();
    if (!CHANGES.has(method)) return true;
    const type = headers['content-type'];
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    // No body and no word of one: "resume" and the like.
    if (type === undefined && !hasBody) return true;
    if (type?.split(';')[0]?.trim().toLowerCase() === 'application/json') return true;
    throw new Problem(415, { detail: 'Send the body as application/json.' });
  }
}
