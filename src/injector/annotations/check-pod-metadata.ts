import { type JsonObject, textsAt } from '../json.ts';
import { ANNOTATION_CHECKS, LABEL_CHECKS } from './annotations.ts';
import type { Check } from './checks.ts';

/** A value that injection does not take. */
export interface BadValue {
  readonly on: 'annotation' | 'label';
  readonly name: string;
  readonly value: string;
  /** What it should have been. */
  readonly because: string;
}

/** As much of a value as a message has room for. */
const MAX_SHOWN = 120;

/** The annotations and labels of a pod that injection cannot work with, in the order of the pod. */
export function listBadValues(pod: JsonObject): readonly BadValue[] {
  return [
    ...listBad('annotation', textsAt(pod, 'metadata', 'annotations'), ANNOTATION_CHECKS),
    ...listBad('label', textsAt(pod, 'metadata', 'labels'), LABEL_CHECKS),
  ];
}

/** A bad value in a sentence, as Istio begins it. */
export function describeBadValue({ on, name, value, because }: BadValue): string {
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return `invalid value '${shown.replaceAll(/\p{Cc}/gu, '\u{fffd}')}' for ${on} '${name}': ${because}`;
}

function listBad(
  on: BadValue['on'],
  values: Readonly<Record<string, string>>,
  checks: ReadonlyMap<string, Check>,
): readonly BadValue[] {
  const bad: BadValue[] = [];
  for (const [name, value] of Object.entries(values)) {
    const because = checks.get(name)?.(value);
    if (because !== undefined) bad.push({ on, name, value, because });
  }
  return bad;
}
