import { Problem, type FieldFault } from '@clickjoin/service-kit';
import { applyDecorators } from '@nestjs/common';
import { Transform, type TransformFnParams } from 'class-transformer';
import { IsString, Matches, MaxLength, MinLength, ValidateIf } from 'class-validator';

/** May be left out, but not `null`: nobody should wonder what that unsets. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** May be left out, and `null` unsets it. */
export const IfSet = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined && value !== null);

/** A line that a person typed or pasted: the spaces and newlines around it are not meant. */
export const Trimmed = (): PropertyDecorator =>
  Transform(({ value }: TransformFnParams): unknown => (typeof value === 'string' ? value.trim() : value));

/** One line of text, 1 to `maxLength` characters, without control characters (Postgres has no place for U+0000). */
export const Line = (maxLength: number): PropertyDecorator =>
  applyDecorators(
    Trimmed(),
    IsString(),
    MinLength(1),
    MaxLength(maxLength),
    Matches(/^\P{Cc}*$/u, { message: '$property must not hold control characters' }),
  );

/** Each field is well-formed, but they can't be as they are: 422, naming the fields. */
export function unprocessable(faults: readonly FieldFault[]): Problem {
  return new Problem(422, {
    title: 'Cannot be set',
    detail: faults.map(({ field, message }) => `${field} ${message}`).join('; '),
    errors: faults,
  });
}

/** The value belongs to something else already: 409, naming the field. */
export function taken(field: string, message: string): Problem {
  return new Problem(409, { title: 'Taken', detail: `${field} ${message}`, errors: [{ field, message }] });
}

export const notFound = (what: string, id: string): Problem =>
  new Problem(404, { detail: `There is no ${what} ${id}.` });
