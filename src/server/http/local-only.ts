import { isLoopback } from '../proxy/secret-trust.ts';
import type { Handler, Reply, Request, Routes } from './router.ts';

const UNAUTHENTICATED: Reply = {
  kind: 'text',
  status: 401,
  body: 'Unauthenticated: these pages are for callers on this machine\n',
};

const MISDIRECTED: Reply = {
  kind: 'text',
  status: 421,
  body: 'Misdirected: on this machine these pages are reached by localhost, or by a loopback address\n',
};

/**
 * The same routes for callers on this machine. From elsewhere istiod asks for an identity; until callers can prove one here, they are refused as
 * istiod refuses those who cannot.
 */
export function localOnly(routes: Routes): Routes {
  const guard =
    (handler: Handler): Handler =>
    (request: Request) =>
      isLoopback(`${request.peer}:0`) ? answerLocalName(handler, request) : UNAUTHENTICATED;
  return new Map([...routes].map(([path, handler]) => [path, guard(handler)]));
}

/** The same routes for callers who know that they call this machine, wherever they are. */
export function localNamesOnly(routes: Routes): Routes {
  return new Map([...routes].map(([path, handler]) => [path, (request) => answerLocalName(handler, request)]));
}

/** A browser on this machine calls us by the name of whoever wrote its page, should that name be made to lead here. */
function answerLocalName(handler: Handler, request: Request): Reply | Promise<Reply> {
  return isLocalName(request.host) ? handler(request) : MISDIRECTED;
}

/** Whether `host` (of a Host header, with or without port) can only mean the machine that the caller is on. HTTP/1.0 has none. */
export function isLocalName(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return host === '' || name === 'localhost' || name.endsWith('.localhost') || isLoopback(host);
}
