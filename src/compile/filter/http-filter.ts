import type { Protocol } from '../../model/protocol.ts';
import type { Extension } from '../extension.ts';
import type { ListenerSettings } from '../listener/settings.ts';

/** Which of Istio's classes a connection manager belongs to. */
export type ListenerSide = 'inbound' | 'outbound' | 'gateway';

/** What decides which HTTP filters a connection manager gets, and what is in them. */
export interface HttpFilterContext {
  readonly side: ListenerSide;
  readonly settings: ListenerSettings;
  /** Protocols of the ports that share it. */
  readonly protocols: readonly Protocol[];
  /** Wildcard hosts of DYNAMIC_DNS services among them, in order. */
  readonly dynamicHosts: readonly string[];
  /** Requests to hosts that nobody declared are resolved by the proxy. */
  readonly allowAnyDynamicDns: boolean;
  /** Sends no metadata headers to services outside of the mesh; never so for the explicit HTTP proxy. */
  readonly skipExternalMetadata: boolean;
}

/** Compiles one filter, or none or several of its kind, for a connection manager. */
export type HttpFilterCompiler = (context: HttpFilterContext) => Extension | readonly Extension[] | undefined;
