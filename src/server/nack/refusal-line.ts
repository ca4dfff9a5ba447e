import type { ObjectKey } from '../../model/object.ts';
import { nameOf } from '../change-log.ts';

/** Why what one proxy refuses stays in force. */
const LOCAL_REASONS = {
  surroundings: "by this proxy's surroundings, others are served it",
  contradicted: 'by this proxy, while as many others accept the very same, and are served it',
} as const;

/**
 * What operators are told of a refusal that puts nothing out of force: where the likeliest object is written, so that they can go there, and
 * why the object stays.
 *
 * @param placeOf Where an object is written; `undefined` when it is nowhere.
 */
export function toRefusalLine(
  kind: keyof typeof LOCAL_REASONS,
  objects: readonly ObjectKey[],
  placeOf: (key: ObjectKey) => string | undefined,
): string {
  const [first] = objects;
  const place = first && placeOf(first);
  const names = objects.map(nameOf).join(', ');
  return `${place === undefined ? '' : `${place}: `}ENVOY_REJECTED ${LOCAL_REASONS[kind]}${names && `: ${names}`}`;
}
