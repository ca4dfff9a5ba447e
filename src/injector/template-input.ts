import type { JsonObject } from './json.ts';
import type { Workload } from './owner.ts';

/** All that a template may look at. */
export interface TemplateInput {
  /** The pod as its author wrote it: what an earlier injection added is gone. */
  readonly pod: JsonObject;
  readonly workload: Workload;
  readonly values: JsonObject;
  /** Defaults filled in. */
  readonly mesh: JsonObject;
  /** Defaults filled in. */
  readonly proxyConfig: JsonObject;
  readonly revision: string;
  /** Whether the cluster runs containers beside init containers. */
  readonly nativeSidecars: boolean;
  readonly proxyImage: string;
  readonly proxyInitImage: string;
  readonly proxyUid: number;
  readonly proxyGid: number;
  /** Empty: none. */
  readonly compliancePolicy: string;
  /** Variables of the control plane's environment that templates may read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes what is laid over a pod.
 * @throws Fault `INJECT_TEMPLATE_FAILED`, `INJECT_POD_REFUSED`
 */
export type PodTemplate = (input: TemplateInput) => JsonObject;
