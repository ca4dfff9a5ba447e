import { isJsonObject, type JsonObject, textAt } from '../../injector/json.ts';
import type { World } from '../../discovery/world/world.ts';
import type { Part } from '../lifecycle.ts';
import type { WebhookHandler } from '../webhooks/webhook-port.ts';
import { ClusterFacts } from './cluster-facts.ts';
import { createInjection, type SettingOf } from './injection.ts';
import { readInjectionSwitches } from './injection-switches.ts';
import { KeptSettings, type SettingsTexts } from './kept-settings.ts';
import { canBeNative } from './native-sidecars.ts';
import { SETTINGS_FOLDER, watchSettingsFolder } from './settings-folder.ts';

/** What injection needs. */
export interface InjectionOptions {
  readonly world: Pick<World, 'snapshot' | 'writtenMesh' | 'watchObjects' | 'listInForce'>;
  /** Of the control plane. */
  readonly namespace: string;
  /** `default` or empty for the revision without a name. */
  readonly revision: string;
  /** Whether objects come from an API server: what is not known of nodes is then not there. */
  readonly hasCluster: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where settings are mounted; istiod's folder when absent. */
  readonly folder?: string;
}

/** Injection, as a part of a control plane. */
export interface InjectionPart {
  /** Follows the settings that are mounted. */
  readonly part: Part;
  readonly handler: WebhookHandler;
  /** What pods are injected by, for people. */
  describe(): object;
}

/** `undefined` where the environment turns injection off. */
export function createInjectionPart(options: InjectionOptions): InjectionPart | undefined {
  const { world, namespace, env, hasCluster, folder = SETTINGS_FOLDER } = options;
  const switches = readInjectionSwitches(env);
  if (!switches.isEnabled) return undefined;
  const revision = options.revision === 'default' ? '' : options.revision;
  const name = revision === '' ? 'istio-sidecar-injector' : `istio-sidecar-injector-${revision}`;
  const settings = new KeptSettings();
  const sources = new SettingsSources(settings, { folder, configMap: `ConfigMap ${namespace}/${name}` });
  const facts = new ClusterFacts(world, { namespace, name }, (texts) => sources.tell('configMap', texts));
  const settingOf: SettingOf = (pod, home) => ({
    ...settings.current,
    namespace: { name: home, annotations: facts.annotationsOf(home) },
    mesh: toJson(world.writtenMesh),
    revision,
    nativeSidecars: canBeNative(switches.native, textAt(pod, 'spec', 'nodeName'), hasCluster ? facts.nodes : undefined),
    proxyConfigs: world.snapshot.proxyConfigs,
    isOpenShift: switches.isOpenShift,
    compliancePolicy: switches.compliancePolicy,
    environment: env,
  });
  return {
    part: watchSettingsFolder(folder, (texts) => sources.tell('folder', texts)),
    handler: createInjection(settingOf),
    describe: () => describe(settings),
  };
}

/** A folder wins over the ConfigMap: it is mounted on purpose. */
class SettingsSources {
  readonly #settings: KeptSettings;
  readonly #names: Readonly<Record<'folder' | 'configMap', string>>;
  readonly #texts: { folder?: SettingsTexts | undefined; configMap?: SettingsTexts | undefined } = {};

  constructor(settings: KeptSettings, names: Readonly<Record<'folder' | 'configMap', string>>) {
    this.#settings = settings;
    this.#names = names;
  }

  tell(from: 'folder' | 'configMap', texts: SettingsTexts | undefined): void {
    this.#texts[from] = texts;
    const source = this.#texts.folder === undefined ? 'configMap' : 'folder';
    this.#settings.take(this.#texts[source], this.#names[source]);
  }
}

function describe(settings: KeptSettings): object {
  const { config, values } = settings.current;
  const { policy, defaultTemplates, aliases, templates, templateTexts } = config;
  const { neverInjectSelector, alwaysInjectSelector, injectedAnnotations } = config;
  const texts = [...templates.keys()].sort().map((name) => [name, templateTexts[name] ?? 'built in']);
  return {
    ...settings.report,
    policy,
    defaultTemplates,
    aliases,
    neverInjectSelector,
    alwaysInjectSelector,
    injectedAnnotations,
    templates: Object.fromEntries(texts),
    values,
  };
}

function toJson(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
