/** Leads from the root of an object to one of its fields: names of fields, indexes of lists. */
export type Path = readonly (string | number)[];

/** Renders a path as people write it: `spec.http[0].route[1].weight`. */
export function toFieldName(path: Path): string {
  let name = '';
  for (const key of path) {
    if (typeof key === 'number') name += `[${key}]`;
    else if (/^[\w-]+$/.test(key)) name += name === '' ? key : `.${key}`;
    else name += `["${key}"]`;
  }
  return name;
}
