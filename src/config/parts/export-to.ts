import { type Visibility, parseVisibility } from '../../model/visibility.ts';
import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { listOf, text } from '../schema/fields.ts';
import { isDnsLabel } from '../schema/names.ts';

/** To which namespaces an object is exported. */
export const EXPORT_TO = listOf(
  'Namespaces that see the object: `*` is all of them, `.` is its own, `~` is none.',
  text('A namespace, `*`, `.` or `~`.'),
  { absent: "the mesh's default" },
);

/** @param allowsNone Whether `~`, "nobody", makes sense for the kind. */
export function checkExportTo(
  exportTo: readonly string[] | undefined,
  at: Pointer,
  input: CheckInput,
  allowsNone = false,
): void {
  const { report, meta } = input;
  const seen = new Set<string>();
  for (const [index, entry] of (exportTo ?? []).entries()) {
    const place = at.to(index);
    const namespace = entry === '.' ? meta.namespace : entry;
    if (seen.has(namespace)) report.add('EXPORT_TO_INVALID', place, `${at} names "${entry}" twice`);
    seen.add(namespace);
    if (entry === '~' ? !allowsNone : entry !== '*' && entry !== '.' && !isDnsLabel(entry)) {
      report.add(
        'EXPORT_TO_INVALID',
        place,
        `${place} is "${entry}", expected a namespace, "*"${allowsNone ? ', "." or "~"' : ' or "."'}`,
      );
    }
  }
  for (const alone of allowsNone ? ['*', '~'] : ['*']) {
    if (seen.has(alone) && seen.size > 1)
      report.add('EXPORT_TO_INVALID', at, `${at} has "${alone}" beside other entries, which it makes meaningless`);
  }
}

/** @param fallback The mesh's list for objects that have none. */
export function parseExportTo(
  exportTo: readonly string[] | undefined,
  namespace: string,
  fallback: readonly string[],
): Visibility {
  return parseVisibility(exportTo !== undefined && exportTo.length > 0 ? exportTo : fallback, namespace);
}
