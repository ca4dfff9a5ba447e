import { type Extension, toExtension } from '../extension.ts';

/** Does nothing by itself: routes with a CORS policy carry it. */
export function compileCors(): Extension {
  return toExtension('envoy.filters.http.cors', 'envoy.extensions.filters.http.cors.v3.Cors', {});
}
