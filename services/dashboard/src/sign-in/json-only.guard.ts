import { Problem } from '@clickjoin/service-kit';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../api/http';

const CHANGES = new Set(['POST', 'PUT', 'PATCH']);

/**
 * A page of another origin can send a form with the visitor's cookies, but JSON only after asking (CORS preflight),
 * which this service never grants. DELETE has no body, and always asks. A second line behind the SameSite cookie.
 */
@Injectable()
export class JsonOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { method, headers } = context.switchToHttp().getRequest<HttpRequest>();
    if (!CHANGES.has(method)) return true;
    const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
    if (mediaType === 'application/json') return true;
    throw new Problem(415, { detail: 'Send the body as application/json.' });
  }
}
