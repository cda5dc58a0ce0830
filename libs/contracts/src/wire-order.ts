import type { JsonSchema } from './json-schema';

/** The fields of an event as its contract lists them; with fields of their own where an object is nested. */
export type Fields = readonly (readonly [name: string, nested: Fields | undefined])[];

export const fieldsOf = (schema: JsonSchema): Fields =>
  Object.entries(schema.properties).map(([name, property]) => [
    name,
    isObjectSchema(property) ? fieldsOf(property) : undefined,
  ]);

/**
 * A copy with the contract's fields in the contract's order. An event that was read back from `jsonb` has its
 * fields in another order than the one that was just made, and would otherwise be other bytes at a replay. What
 * the contract doesn't name is left out: an entity passed as an event must not leak its other columns.
 */
export function inContractOrder(fields: Fields, value: object): object {
  const source = value as Readonly<Record<string, unknown>>;
  const ordered: Record<string, unknown> = {};
  for (const [name, nested] of fields) {
    const field = source[name];
    if (field === undefined) continue;
    ordered[name] = nested === undefined ? field : inContractOrder(nested, field as object);
  }
  return ordered;
}

const isObjectSchema = (property: unknown): property is JsonSchema =>
  typeof property === 'object' && property !== null && 'properties' in property;
