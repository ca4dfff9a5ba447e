import { type JsonObject, valueAt } from '../json.ts';

/** Whether the values have applications wait for their proxies. */
export function holdsByValue(values: JsonObject): boolean {
  return valueAt(values, 'global', 'proxy', 'holdApplicationUntilProxyStarts') === true;
}
