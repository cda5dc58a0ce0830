import 'reflect-metadata';

const NESTED = Symbol('nested class');

type ClassReference = () => new () => object;

/** Remembers the class of a nested field where the schema generator finds it. */
export const nests =
  (type: ClassReference): PropertyDecorator =>
  (target, key) => {
    Reflect.defineMetadata(NESTED, type, target, key);
  };

export const nestedClassOf = (eventClass: new () => object, field: string): (new () => object) | undefined =>
  (Reflect.getMetadata(NESTED, eventClass.prototype as object, field) as ClassReference | undefined)?.();
