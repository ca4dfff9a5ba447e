import type { Static } from 'typebox';
import type { TargetRef } from '../../model/envoy-filter.ts';
import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { object, text } from '../schema/fields.ts';

/** What a policy is attached to instead of selecting workloads. */
export const TARGET_REF = object('An object whose proxies are meant.', {
  required: { kind: text('Its kind.', { minLength: 1 }), name: text('Its name.', { minLength: 1 }) },
  optional: {
    group: text('Its API group.', { absent: "Kubernetes' core group" }),
    namespace: text('Must be empty: it is always that of the policy.'),
  },
});

type WrittenTargetRef = Static<typeof TARGET_REF>;

/** Kinds that a policy can be attached to, with their groups. */
const TARGETS: readonly string[] = [
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/GatewayClass',
  'networking.istio.io/ServiceEntry',
  '/Service',
];

/** @see istio pkg/config/validation/validation.go `validatePolicyTargetReference` */
export function checkTargetRefs(refs: readonly WrittenTargetRef[], at: Pointer, { report }: CheckInput): void {
  for (const [index, { group = '', kind, namespace = '' }] of refs.entries()) {
    const place = at.to(index);
    const name = `${group === 'core' ? '' : group}/${kind}`;
    if (!TARGETS.includes(name)) {
      const expected =
        'Gateway or GatewayClass of gateway.networking.k8s.io, ServiceEntry of networking.istio.io, or Service';
      report.add('TARGET_INVALID', place.to('kind'), `${place} is a "${name}", expected ${expected}`);
    }
    if (namespace !== '') {
      report.add('TARGET_INVALID', place.to('namespace'), `${place} names a namespace, but only its own is possible`);
    }
  }
}

export function parseTargetRef({ group = '', kind, name, namespace = '' }: WrittenTargetRef): TargetRef {
  return { group: group === 'core' ? '' : group, kind, name, namespace };
}
