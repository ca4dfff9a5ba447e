import type {
  envoy_config_route_v3_DirectResponseAction as DirectResponseAction,
  envoy_config_route_v3_RedirectAction as RedirectAction,
  envoy_config_route_v3_RedirectAction_RedirectResponseCode as RedirectResponseCode,
} from '../../gen/messages.ts';
import type { DirectResponse, Redirect } from '../../model/virtual-service.ts';

const RESPONSE_CODES = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
} satisfies Record<Redirect['code'], RedirectResponseCode>;

/** The listener that a redirect is compiled for: Envoy cannot derive the port from the request itself. */
export interface RedirectedListener {
  readonly listenPort: number;
  readonly tls: boolean;
}

/**
 * Compiles a redirect. The path is always written, unless its prefix is replaced: an empty one keeps the request's.
 * @see istio pilot/pkg/networking/core/route/route.go `ApplyRedirect`
 */
export function compileRedirect(redirect: Redirect, listener: RedirectedListener): RedirectAction {
  const port = portOf(redirect, listener);
  return {
    ...(redirect.authority && { host_redirect: redirect.authority }),
    ...(redirect.prefixRewrite === undefined
      ? { path_redirect: redirect.uri ?? '' }
      : { prefix_rewrite: redirect.prefixRewrite }),
    ...(redirect.scheme && { scheme_redirect: redirect.scheme }),
    ...(port !== 0 && { port_redirect: port }),
    ...(redirect.code !== 301 && { response_code: RESPONSE_CODES[redirect.code] }),
  };
}

/** 0 is "not written": what the scheme means anyway is left out of the location. */
function portOf({ port, scheme }: Redirect, { listenPort, tls }: RedirectedListener): number {
  if (port === undefined || port.kind === 'from-protocol') return 0;
  const number = port.kind === 'number' ? port.port : listenPort;
  const target = scheme || (tls ? 'https' : 'http');
  const implied = (target === 'http' && number === 80) || (target === 'https' && number === 443);
  return implied ? 0 : number;
}

/** Compiles an answer that the proxy gives by itself. */
export function compileDirectResponse({ status, body }: DirectResponse): DirectResponseAction {
  if (body === undefined) return { status };
  if (body.kind === 'text') return { status, body: { inline_string: body.text } };
  return { status, body: { inline_bytes: Buffer.from(body.base64, 'base64') } };
}
