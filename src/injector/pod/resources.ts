import { isJsonObject, type JsonObject, objectAt, valueAt } from '../json.ts';
import { ANNOTATION } from '../names.ts';
import { omitNil } from '../omit-nil.ts';
import { toCanonicalResources } from '../quantity.ts';
import type { TemplateInput } from '../template-input.ts';

/** Amounts for the proxy. A pod that annotates one of them gets what it annotates and nothing else. */
export function toResources(input: TemplateInput): JsonObject {
  const annotations = objectAt(input.pod, 'metadata', 'annotations');
  const requests = toAmounts(annotations, ANNOTATION.proxyCpu, ANNOTATION.proxyMemory);
  const limits = toAmounts(annotations, ANNOTATION.proxyCpuLimit, ANNOTATION.proxyMemoryLimit);
  if (requests || limits) return toCanonicalResources({ ...(requests && { requests }), ...(limits && { limits }) });
  const set = omitNil(valueAt(input.values, 'global', 'proxy', 'resources'));
  return isJsonObject(set) ? toCanonicalResources(set) : {};
}

function toAmounts(annotations: JsonObject, cpu: string, memory: string): JsonObject | undefined {
  const { [cpu]: cpuAmount, [memory]: memoryAmount } = annotations;
  if (cpuAmount === undefined && memoryAmount === undefined) return undefined;
  return {
    ...(cpuAmount !== undefined && { cpu: cpuAmount }),
    ...(memoryAmount !== undefined && { memory: memoryAmount }),
  };
}
