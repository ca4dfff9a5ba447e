/** To which namespaces an object is exported. `private` is its own namespace only. */
export type Visibility =
  | { readonly kind: 'public' }
  | { readonly kind: 'private' }
  | { readonly kind: 'none' }
  | { readonly kind: 'namespaces'; readonly namespaces: ReadonlySet<string> };

/** Everybody sees it. */
export const PUBLIC: Visibility = { kind: 'public' };
export const PRIVATE: Visibility = { kind: 'private' };
export const INVISIBLE: Visibility = { kind: 'none' };

/**
 * Reads an `exportTo` list as it applies to an object of namespace `own`: `*` anywhere is public, else `~` is invisible, `.` and the
 * own name are the own namespace. An empty list is the mesh default, so callers pass that list instead.
 */
export function parseVisibility(exportTo: readonly string[], own: string): Visibility {
  if (exportTo.length === 0 || exportTo.includes('*')) return PUBLIC;
  if (exportTo.includes('~')) return INVISIBLE;
  const namespaces = new Set(exportTo.map((entry) => (entry === '.' ? own : entry)));
  return namespaces.size === 1 && namespaces.has(own) ? PRIVATE : { kind: 'namespaces', namespaces };
}

/** Whether an object of namespace `own` may be seen from `from`. */
export function isVisibleFrom(visibility: Visibility, own: string, from: string): boolean {
  switch (visibility.kind) {
    case 'public':
      return true;
    case 'none':
      return false;
    case 'private':
      return own === from;
    case 'namespaces':
      return visibility.namespaces.has(from);
  }
}
