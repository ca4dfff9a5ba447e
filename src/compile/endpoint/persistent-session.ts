import type { Service } from '../../model/service.ts';

const COOKIE_LABEL = 'istio.io/persistent-session';
const HEADER_LABEL = 'istio.io/persistent-session-header';

/** Whether clients of the service come back to the host that they had, by cookie or by header. */
export function isPersistent({ labels }: Service): boolean {
  return hasDrainingEndpoints({ labels }) || (labels[HEADER_LABEL] ?? '') !== '';
}

/** Whether endpoints that drain are still sent, for the sessions that they hold; Istio does so for cookies only. */
export function hasDrainingEndpoints({ labels }: Pick<Service, 'labels'>): boolean {
  return (labels[COOKIE_LABEL] ?? '') !== '';
}
