import { isMatchedBy, type LabelSelector } from './label-selector.ts';
import type { Labels } from './object.ts';
import { INVISIBLE, PRIVATE, isVisibleFrom, type Visibility } from './visibility.ts';

/** How far ServiceEntries of a namespace may be seen at most. */
type Bound = 'none' | 'namespace' | 'public';

/**
 * Bounds who sees ServiceEntries, by the labels of their namespaces: the first policy all of whose selectors match counts.
 * @see istio pilot/pkg/model `ServiceEntryVisibilityMatcher`
 */
export interface EntryVisibility {
  /** Where no policy matches. */
  readonly fallback: Bound;
  readonly policies: readonly { readonly selectors: readonly LabelSelector[]; readonly bound: Bound }[];
}

/**
 * What becomes of the visibility that a ServiceEntry of namespace `own` declares.
 * @param labels of that namespace.
 */
export function boundVisibility(
  declared: Visibility,
  own: string,
  labels: Labels,
  { fallback, policies }: EntryVisibility,
): Visibility {
  const policy = policies.find(({ selectors }) => selectors.every((selector) => isMatchedBy(labels, selector)));
  switch (policy?.bound ?? fallback) {
    case 'public':
      return declared;
    case 'namespace':
      return isVisibleFrom(declared, own, own) ? PRIVATE : INVISIBLE;
    case 'none':
      return INVISIBLE;
  }
}
