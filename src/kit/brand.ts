declare const brand: unique symbol;

/**
 * A `T` that only its own constructor makes, so that look-alike strings cannot be swapped:
 * `type Hostname = Brand<string, 'Hostname'>`.
 */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
