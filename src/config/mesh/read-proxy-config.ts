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
const known = new Map<string, { readonly value: ProxyConfig | undefined }>();
const knownTexts = new Map<string, { readonly value: WrittenProxyConfig | undefined }>();

/**
 * Reads the ProxyConfig that a proxy carries in its metadata; `undefined` for none, or one that is not of the right shape. Proxies that send
 * equal ones get the identical value.
 * @see istio pkg/model/proxy.go `NodeMetadata.ProxyConfig`
 */
export function readProxyConfig(sent: unknown): ProxyConfig | undefined {
  if (typeof sent !== 'object' || sent === null) return undefined;
  return remember(known, JSON.stringify(sent), (text) => {
    const written = findWritten(text);
    return written && parseProxyConfig(written);
  });
}

/**
 * Reads the text of the annotation `proxy.istio.io/config`; `undefined` when it is not of the right shape. Equal texts give the identical value.
 */
export function readWrittenProxyConfig(text: string): WrittenProxyConfig | undefined {
  return remember(knownTexts, text, findWritten);
}

function remember<T>(values: Map<string, { readonly value: T }>, text: string, read: (text: string) => T): T {
  const found = values.get(text);
  if (found !== undefined) return found.value;
  if (values.size >= MAX_KNOWN) values.clear();
  const value = read(text);
  values.set(text, { value });
  return value;
}

function findWritten(text: string): WrittenProxyConfig | undefined {
  const document = new ConfigDocument('PROXY_CONFIG', 1, text);
  const parsed = document.parse();
  if (parsed.kind === 'empty' || parsed.kind === 'broken') return undefined;
  validator ??= compileValidator<WrittenProxyConfig>(PROXY_CONFIG);
  return tolerate(parsed.value, validator, PROXY_CONFIG, new IssueReport(document)) ? parsed.value : undefined;
}
