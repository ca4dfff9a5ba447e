import type { ParsedObject } from '../../config/parsed-object.ts';
import type { ObjectKey } from '../../model/object.ts';

/** One object that is in force came, went, or says something else than before. Never both absent. */
export interface ObjectChange {
  readonly key: ObjectKey;
  readonly before?: ParsedObject;
  readonly after?: ParsedObject;
}
