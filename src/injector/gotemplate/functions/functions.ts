import { BUILTINS } from '../builtins.ts';
import type { FunctionTable } from '../function.ts';
import { DEFAULTS } from './defaults.ts';
import { ENCODINGS } from './encodings.ts';
import { INJECTION } from './injection.ts';
import { LISTS } from './lists.ts';
import { MAPS } from './maps.ts';
import { NUMBERS } from './numbers.ts';
import { TEXTS } from './texts.ts';

/**
 * Everything that a template of a pod may call but for what depends on the pod. Sprig's functions that are random or ask the clock or the
 * network are left out: a pod that is injected twice must come out the same.
 */
export const FUNCTIONS: FunctionTable = {
  ...BUILTINS,
  ...DEFAULTS,
  ...TEXTS,
  ...LISTS,
  ...MAPS,
  ...NUMBERS,
  ...ENCODINGS,
  ...INJECTION,
};
