import type { ProxyConfig } from '../../model/mesh-config.ts';
import { ConfigDocument } from '../read/config-document.ts';
import { IssueReport } from '../report.ts';
import { compileValidator, type Validator } from '../schema/validate.ts';
import { parseProxyConfig, type WrittenProxyConfig } from './parse-proxy-config.ts';
import { PROXY_CONFIG } from './proxy-config-spec.ts';
import { tolerate } from './tolerate.ts';

let validator: Validator<WrittenProxyConfig> | undefined;

/** Kept small: meshes have a handful of distinct ProxyConfigs, and whoever sends more is told the same more slowly. */
const MAX_KNOWN = 1000;
const known = new Map<string, ProxyConfig | undefined>();

/**
 * Reads the ProxyConfig that a proxy carries in its metadata; `undefined` for none, or one that is not of the right shape. Proxies that send
 * equal ones get the identical value.
 * @see istio pkg/model/proxy.go `NodeMetadata.ProxyConfig`
 */
export function readProxyConfig(sent: unknown): ProxyConfig | undefined {
  if (typeof sent !== 'object' || sent === null) return undefined;
  const text = JSON.stringify(sent);
  if (!known.has(text)) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, parse(text));
  }
  return known.get(text);
}

function parse(text: string): ProxyConfig | undefined {
  const value: unknown = JSON.parse(text);
  validator ??= compileValidator<WrittenProxyConfig>(PROXY_CONFIG);
  const report = new IssueReport(new ConfigDocument('PROXY_CONFIG', 1, text));
  return tolerate(value, validator, PROXY_CONFIG, report) ? parseProxyConfig(value) : undefined;
}
