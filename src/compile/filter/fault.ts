import { type Extension, toExtension } from '../extension.ts';

/** Does nothing by itself: routes with a fault carry the delay or abort. */
export function compileFault(): Extension {
  return toExtension('envoy.filters.http.fault', 'envoy.extensions.filters.http.fault.v3.HTTPFault', {});
}
