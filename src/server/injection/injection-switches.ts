import { findBoolean, flag, type Switch } from '../features.ts';
import type { NativeSidecars } from './native-sidecars.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment variables that say how pods are injected.
 * @see istio pilot/pkg/features, pilot/pkg/bootstrap/sidecarinjector.go
 */
export const injectionSwitches = {
  INJECT_ENABLED: flag('Pods are injected at all.', 'true'),
  ENABLE_NATIVE_SIDECARS: {
    summary: 'Proxies are init containers that go on running: `true`, `false`, or `auto`, where all nodes have 1.33.',
    absent: 'auto',
    parse: (text): NativeSidecars => (text === 'auto' || text === 'true' ? text : 'false'),
    expected: 'auto, true or false',
  } satisfies Switch<NativeSidecars>,
  PLATFORM: {
    summary: '`openshift`: proxies run as the user that the namespace sets aside.',
    absent: '',
    parse: (text) => text,
    expected: 'text',
  } satisfies Switch<string>,
} as const;

/** What the environment says of injection. */
export interface InjectionSwitches {
  readonly isEnabled: boolean;
  readonly native: NativeSidecars;
  readonly isOpenShift: boolean;
  readonly compliancePolicy: string;
}

/** Reads the switches, once, out of the environment of the process. */
export function readInjectionSwitches(env: Env): InjectionSwitches {
  return {
    isEnabled: findBoolean(env.INJECT_ENABLED?.trim() ?? '') ?? true,
    native: injectionSwitches.ENABLE_NATIVE_SIDECARS.parse(env.ENABLE_NATIVE_SIDECARS?.trim() || 'auto'),
    isOpenShift: env.PLATFORM === 'openshift',
    compliancePolicy: env.COMPLIANCE_POLICY ?? '',
  };
}
