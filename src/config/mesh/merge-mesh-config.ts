import type { WrittenMeshConfig } from './parse-mesh-config.ts';

/**
 * `above` on top of `below`. A field that is written above counts as a whole, but for three: of the proxies' defaults each field counts by
 * itself, and variables of their environment come together; providers come together by name, and so do aliases of the trust domain.
 * @see istio pkg/config/mesh/mesh.go `ApplyMeshConfig`
 */
export function mergeMeshConfig(below: WrittenMeshConfig, above: WrittenMeshConfig): WrittenMeshConfig {
  const aliases = [...(below.trustDomainAliases ?? []), ...(above.trustDomainAliases ?? [])];
  const providers = mergeByName(below.extensionProviders ?? [], above.extensionProviders ?? []);
  const defaultConfig = mergeDefaults(below.defaultConfig, above.defaultConfig);
  return {
    ...below,
    ...above,
    ...(aliases.length > 0 && { trustDomainAliases: [...new Set(aliases)] }),
    ...(providers.length > 0 && { extensionProviders: providers }),
    ...(defaultConfig && { defaultConfig }),
  };
}

type Defaults = WrittenMeshConfig['defaultConfig'];

function mergeDefaults(below: Defaults, above: Defaults): Defaults {
  const variables = { ...below?.proxyMetadata, ...above?.proxyMetadata };
  const hasVariables = Object.keys(variables).length > 0;
  return below && above ? { ...below, ...above, ...(hasVariables && { proxyMetadata: variables }) } : (above ?? below);
}

/** Those above take the places of their namesakes. */
function mergeByName<T extends { readonly name?: string }>(below: readonly T[], above: readonly T[]): T[] {
  const names = new Set(above.map(({ name }) => name));
  return [...below.filter(({ name }) => !names.has(name)), ...above];
}
