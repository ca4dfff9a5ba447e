import { isLoopback } from '../proxy/secret-trust.ts';
import type { Handler, Reply, Request, Routes } from './router.ts';

/** From elsewhere, and nobody. */
export const UNAUTHENTICATED: Reply = {
  kind: 'text',
  status: 401,
  body: 'Unauthenticated: these pages are for callers on this machine, and for those who prove who they are\n',
};

const MISDIRECTED: Reply = {
  kind: 'text',
  status: 421,
  body: 'Misdirected: on this machine these pages are reached by localhost, or by a loopback address\n',
};

/** Lets a request from elsewhere through to its handler, or says why not. */
export type Doorkeeper = (request: Request, handler: Handler) => Promise<Reply>;

/** The same routes for callers on this machine. Those from elsewhere have to get past a doorkeeper; where there is none, they are refused. */
export function localOnly(routes: Routes, doorkeeper?: Doorkeeper): Routes {
  const guard =
    (handler: Handler): Handler =>
    (request: Request) => {
      if (isLoopback(`${request.peer}:0`)) return answerLocalName(handler, request);
      return doorkeeper === undefined ? UNAUTHENTICATED : doorkeeper(request, handler);
    };
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
