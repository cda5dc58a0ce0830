import { InternalApiGuard, Problem } from '@clickjoin/service-kit';
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { SurpriseReader, type ListedSurprise } from './surprise.reader';

class PageQuery {
  @IsOptional() @IsString() @MaxLength(100) readonly cursor?: string;
  @Type(() => Number) @IsInt() @Min(1) @Max(200) readonly limit: number = 50;
}

/** The newest first. */
@Controller('v1/surprises')
@UseGuards(InternalApiGuard)
export class SurprisesController {
  constructor(private readonly reader: SurpriseReader) {}

  @Get()
  async list(
    @Query() { cursor, limit }: PageQuery,
  ): Promise<{ items: readonly ListedSurprise[]; nextCursor: string | null }> {
    const before = cursor === undefined ? undefined : decodeCursor(cursor);
    const found = await this.reader.before(before, limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items,
      nextCursor: found.length > limit && last !== undefined ? encodeCursor(last.surpriseId) : null,
    };
  }
}

/** Opaque to clients, so that its content may change. */
const encodeCursor = (surpriseId: string): string => Buffer.from(`s${surpriseId}`).toString('base64url');

function decodeCursor(cursor: string): string {
  const [, surpriseId] = /^s(\d{1,18})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (surpriseId !== undefined) return surpriseId;
  const message = 'is no cursor of a page of this list';
  throw new Problem(400, { detail: `cursor ${message}`, errors: [{ field: 'cursor', message }] });
}
