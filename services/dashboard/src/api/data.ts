/** What a class describes, as data: to be copied and added to. */
export type Data<T> = Readonly<Pick<T, keyof T>>;
