import { applyDecorators, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import type { TopicDefinition } from '@clickjoin/contracts';

/** By this the batch server knows that a handler is marked with OnTopic. */
export const ERRORS_ARRIVE = 'clickjoin.errorsArrive';

/**
 * Nest's RPC layer replaces what a handler throws by `{ status: 'error', message: 'Internal server error' }`;
 * the batch server needs the original to tell a Retriable from a poison message.
 */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

/**
 * Marks the handler of a topic's slices: Nest's `@EventPattern` whose errors arrive unchanged.
 *
 * ```ts
 * @OnTopic(topics.clickCaptured)
 * async onClickCaptured(@Payload() slice: Slice<ClickCaptured>, @Ctx() { tx }: SliceContext<Tx>): Promise<Outcome[]>
 * ```
 */
export const OnTopic = (topic: Pick<TopicDefinition, 'name'>): MethodDecorator =>
  applyDecorators(EventPattern(topic.name, { [ERRORS_ARRIVE]: true }), UseFilters(RethrowFilter));
