import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { nestedClassOf } from './nested-classes';
import type { EventClass } from './topic';

export interface JsonSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/**
 * JSON Schema of an event, made from its class-validator decorators: one source of truth.
 * Unknown properties are allowed, so that a consumer of today reads the additive changes of tomorrow.
 * Nested classes are inlined by class, not by name: another package may have a `Chat` of its own.
 */
export function jsonSchemaOf(eventClass: EventClass<object>): JsonSchema {
  const schema = targetConstructorToSchema(eventClass) as JsonSchema;
  const properties = Object.entries(schema.properties).map(([name, property]) => {
    const nested = nestedClassOf(eventClass, name);
    return [name, nested === undefined ? property : jsonSchemaOf(nested)] as const;
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}
