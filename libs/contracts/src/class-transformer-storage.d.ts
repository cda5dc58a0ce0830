/** Not in class-transformer's public types, and the only way to the class behind `@Type()`. */
declare module 'class-transformer/cjs/storage' {
  export const defaultMetadataStorage: {
    findTypeMetadata(target: object, propertyName: string): { typeFunction(): new () => object } | undefined;
  };
}
