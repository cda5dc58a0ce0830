type Optional<T> = {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};
type Required<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] };

/** Without what is undefined: a query would carry it as the word. */
export const given = <T extends object>(fields: T): Optional<T> & Required<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Optional<T> &
    Required<T>;

/** To other filters; undefined takes one away. */
export type Changes<Search> = { [Key in keyof Search]?: Search[Key] | undefined };
