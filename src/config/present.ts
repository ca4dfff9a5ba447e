/** The fields of `value` that are there: an absent field of the model is left out, never `undefined`. */
export function present<T extends object>(value: T): Present<T> {
  const kept: Partial<T> = {};
  for (const key in value) if (value[key] !== undefined) kept[key] = value[key];
  return kept as unknown as Present<T>;
}

/** `T` with every field optional and none `undefined`. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
