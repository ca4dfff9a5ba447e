import { isDeepStrictEqual } from 'node:util';
import type { WrittenMeshConfig } from '../../config/mesh/parse-mesh-config.ts';
import type { ParsedObject } from '../../config/parsed-object.ts';
import type { ClusterObject } from '../../config/parse-object.ts';
import { ConfigDocument } from '../../config/read/config-document.ts';
import { type Clock, systemClock } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { Fate, Issue } from '../../model/issue.ts';
import { type ObjectKey, objectKey } from '../../model/object.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { ObjectChange } from '../registry/object-change.ts';
import type { ConfigSource, SourceChange } from '../source.ts';
import { findError } from './declaration.ts';
import { Declarations, type DeclarationsChange } from './declarations.ts';
import { GatewayNames, type ResolveName } from './gateway-names.ts';
import { listFates } from './list-fates.ts';
import { findNetworks, findSettings, MeshSettings, toParseContext } from './mesh-settings.ts';
import { NamespaceSelection } from './namespace-selection.ts';
import { type GroupNews, listGroups, MESH_FILE, NETWORKS_FILE, type News, toReason } from './news.ts';
import { findReport, type ObjectReport } from './object-report.ts';
import { ObjectVersions, type Quarantine } from './object-versions.ts';
import { SnapshotMaker } from './snapshot-maker.ts';
import { Gathered, SourceRoster } from './source-roster.ts';
import { toWorldChange } from './to-world-change.ts';
import { Update } from './update.ts';
import { logUpdate } from './update-log.ts';
import type { WorldChange } from './world-change.ts';
import type { WorldOptions } from './world-options.ts';

const log = createLog('config');

/**
 * The one mutable picture of everything that users declared: what is written where, which version of it is in force, what is wrong with it.
 *
 * What sources tell within one turn of the event loop becomes one snapshot and one change. Snapshots are immutable; whoever holds one is not
 * disturbed by the next.
 */
export class World {
  readonly #options: WorldOptions;
  readonly #clock: Clock;
  readonly #roster = new SourceRoster();
  readonly #declarations: Declarations;
  readonly #versions = new ObjectVersions();
  readonly #mesh: MeshSettings;
  readonly #selection = new NamespaceSelection();
  readonly #names: GatewayNames | undefined;
  readonly #maker: SnapshotMaker;
  readonly #listeners = new Set<(change: WorldChange) => void>();
  readonly #objectListeners = new Set<(changes: readonly ObjectChange[]) => void>();
  readonly #meshKey: ObjectKey;
  readonly #sharedMeshKey: ObjectKey | undefined;
  #context: ReturnType<typeof toParseContext>;
  #meshFile: ConfigDocument | undefined;
  #networksFile: ConfigDocument | undefined;
  #news: News[] = [];
  #unsynced = new Set<ConfigSource>();
  readonly #ready = Promise.withResolvers<Snapshot>();
  #isReady = false;
  #isPlanned = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#mesh = new MeshSettings(options.domainSuffix ?? 'cluster.local', options.features);
    const { meshConfigMap = 'istio', sharedMeshConfigMap: shared } = options;
    const keyOfMap = (name: string) => objectKey('ConfigMap', options.namespace ?? 'istio-system', name);
    this.#meshKey = keyOfMap(meshConfigMap);
    this.#sharedMeshKey = shared === undefined ? undefined : keyOfMap(shared);
    this.#context = toParseContext(this.#mesh.mesh);
    this.#declarations = new Declarations((source) => ({
      ...this.#context,
      ...this.#placeOf(source),
      nowMs: this.#clock.now(),
    }));
    for (const source of options.sources) this.#roster.add(source);
    const { cluster = 'Kubernetes', awaitsPods = false, namespace } = options;
    const site = { cluster, awaitsPods, ...(namespace !== undefined && { systemNamespace: namespace }) };
    this.#names = this.#createNames(options.resolveName);
    this.#maker = new SnapshotMaker(site, this.#mesh.mesh, this.#names);
  }

  /** The present picture. Empty until the world is ready. */
  get snapshot(): Snapshot {
    return this.#maker.snapshot;
  }

  /** The mesh's settings as they are written, nothing filled in; the identical value as long as its content is equal. */
  get writtenMesh(): WrittenMeshConfig {
    return this.#mesh.written;
  }

  /** Whether every source has told all that there was at its start. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Starts the sources; resolves with the first whole picture, once every source has told all. */
  async start(): Promise<Snapshot> {
    const all = [...this.#roster.list(), ...this.#listFiles()];
    this.#unsynced = new Set(all.map(([, source]) => source));
    await Promise.all(
      all.map(([index, source]) =>
        source.start({
          onChange: (change) => this.#hear(index, change),
          onSynced: () => this.#onSynced(source),
        }),
      ),
    );
    if (all.length === 0) this.#finishStart();
    await this.#ready.promise;
    await this.#names?.answered();
    return this.snapshot;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#roster.list(), ...this.#listFiles()].map(([, source]) => source.stop()));
    this.#names?.close();
    this.#news = [];
  }

  /**
   * Starts a further source, and takes what it has once it has told all of it: as one change, together with the end of the source that it
   * `replaces`, so that what both declare alike is never gone. Resolves when the source is part of the world; that is never when it does not
   * get so far, and when it is removed first.
   */
  async addSource(source: ConfigSource, replaces?: ConfigSource): Promise<void> {
    const number = this.#roster.add(source);
    const gathered = new Gathered();
    const joined = Promise.withResolvers<void>();
    let isPart = false;
    const join = () => {
      if (isPart || this.#roster.find(number) !== source) return;
      isPart = true;
      if (replaces !== undefined) void this.removeSource(replaces);
      this.#hear(number, gathered.toChange(`${source.name} joined`));
      setImmediate(() => joined.resolve());
    };
    await source.start({
      onChange: (change) => (isPart ? this.#hear(number, change) : gathered.add(change)),
      onSynced: join,
    });
    return joined.promise;
  }

  /** Stops a source. What it declared is gone at once. */
  async removeSource(source: ConfigSource): Promise<void> {
    const number = this.#roster.numberOf(source);
    if (number === undefined) return;
    this.#roster.remove(number);
    this.#news = this.#news.filter((news) => news.source !== number);
    const removed = this.#declarations.groupsOf(number);
    if (removed.length > 0) this.#tell(number, { reason: `${source.name} left`, groups: [], removed });
    await source.stop();
  }

  /** Calls `listener` with everything that changes from now on, in order. @returns what ends that. */
  watch(listener: (change: WorldChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` with every object whose version in force is another from now on, whether or not the mesh sees it. @returns what ends that. */
  watchObjects(listener: (changes: readonly ObjectChange[]) => void): () => void {
    this.#objectListeners.add(listener);
    return () => this.#objectListeners.delete(listener);
  }

  /**
   * Puts exactly this revision of an object out of force: its last version that was in force without being quarantined is served instead, or
   * nothing. It ends when the object changes to another revision, or goes.
   *
   * @param because Why, as the end of a sentence for people: `a proxy refused it: …`.
   * @returns whether anything is different now; not, when the object is another revision by now.
   */
  quarantine(key: ObjectKey, revision: string, because: string): boolean {
    return this.#updateAll([this.#isolate(key, { revision, because })], `${key} was put in quarantine`);
  }

  /** Puts what is in force of several objects out of force, as one change. */
  quarantineAll(keys: readonly ObjectKey[], because: string): boolean {
    const changes = keys.map((key) => {
      const revision = this.findObject(key)?.revision;
      return revision === undefined ? undefined : this.#isolate(key, { revision, because });
    });
    return this.#updateAll(changes, `${keys.join(', ')} put in quarantine`);
  }

  /** Ends quarantines, as one change: the objects turned out not to be the cause. @returns whether there was one. */
  release(...keys: readonly ObjectKey[]): boolean {
    const changes = keys.map((key) => this.#versions.release(key));
    return this.#updateAll(changes, `${keys.join(', ')} released from quarantine`);
  }

  /** Objects in quarantine, and why. */
  listQuarantined(): readonly (readonly [ObjectKey, Quarantine])[] {
    return this.#versions.listQuarantined();
  }

  /** Everything that is wrong now, in the order of places. */
  listIssues(): readonly Issue[] {
    return [...this.#mesh.issues, ...this.#declarations.listIssues()];
  }

  /** What became of every object, as far as can be told without compiling it. */
  fates(): ReadonlyMap<ObjectKey, Fate> {
    return listFates({
      declarations: this.#declarations,
      versions: this.#versions,
      shadows: this.#maker.listShadows(),
      services: this.snapshot.services,
      isSeen: (namespace, cluster) => this.#selection.isSelected(namespace, cluster),
      isMeshConfig: (key) => key === this.#meshKey || key === this.#sharedMeshKey,
    });
  }

  /** Every object that has a version in force. */
  listInForce(): Iterable<readonly [ObjectKey, ParsedObject]> {
    return this.#versions.listInForce();
  }

  /** An object as its API server has it; `undefined` when it is declared elsewhere, or nowhere. */
  findClusterObject(key: ObjectKey): ClusterObject | undefined {
    const raw = this.#declarations.find(key)?.raw;
    return raw !== undefined && 'object' in raw ? raw : undefined;
  }

  /** What is known of an object; `undefined` when nobody declares it. */
  findObject(key: ObjectKey): ObjectReport | undefined {
    return findReport(key, this.#declarations, this.#versions);
  }

  #placeOf(number: number): { readonly defaultNamespace: string; readonly cluster?: string } {
    const { defaultNamespace = 'default', cluster } = this.#roster.find(number) ?? {};
    return { defaultNamespace, ...(cluster !== undefined && { cluster }) };
  }

  #createNames(resolve: ResolveName | undefined): GatewayNames | undefined {
    const onChange = () => this.#update(new Update(), 'names of network gateways have other addresses');
    return resolve && new GatewayNames({ resolve, clock: this.#clock, onChange });
  }

  #listFiles(): readonly (readonly [number, ConfigSource])[] {
    const { meshFile, networksFile } = this.#options;
    return [
      ...(meshFile ? [[MESH_FILE, meshFile] as const] : []),
      ...(networksFile ? [[NETWORKS_FILE, networksFile] as const] : []),
    ];
  }

  #hear(source: number, change: SourceChange): void {
    if (source < 0 || this.#roster.find(source) !== undefined) this.#tell(source, change);
  }

  #tell(source: number, change: SourceChange): void {
    this.#news.push({ source, change, atMs: this.#clock.now() });
    if (!this.#isReady || this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#flush());
  }

  #onSynced(source: ConfigSource): void {
    if (this.#unsynced.delete(source) && this.#unsynced.size === 0) this.#finishStart();
  }

  #finishStart(): void {
    this.#isReady = true;
    this.#flush();
    this.#ready.resolve(this.snapshot);
  }

  #flush(): void {
    this.#isPlanned = false;
    const news = this.#news;
    this.#news = [];
    this.#declarations.begin(this.#clock.now());
    const update = new Update();
    const { settings, rest } = listGroups(news);
    this.#takeAll(settings, update);
    this.#updateMesh(update);
    this.#takeAll(rest, update);
    // The ConfigMap may have been in a group that is gone.
    this.#updateMesh(update);
    this.#update(update, toReason(news), news[0]?.atMs);
  }

  /** Takes groups as one: what moved from one to another was never gone, nor there twice. */
  #takeAll(news: readonly GroupNews[], update: Update): void {
    const gone = news.filter(({ group }) => group === undefined);
    const present = news.filter(({ group }) => group !== undefined);
    const changes = [...gone, ...present].flatMap((one) => this.#tryTake(one) ?? []);
    update.addIssues(
      changes.flatMap(({ issuesBefore }) => issuesBefore),
      changes.flatMap(({ issues }) => issues),
      new Set(changes.flatMap(({ fresh }) => [...fresh])),
    );
    this.#declare(new Set(changes.flatMap(({ keys }) => [...keys])), update);
  }

  /** Reading is not supposed to throw; should it, one file must not take the control plane down, nor keep it from starting. */
  #tryTake(news: GroupNews): DeclarationsChange | undefined {
    try {
      return this.#take(news);
    } catch (err) {
      log.error(
        { event: 'config.defect', group: news.id, err },
        `${news.id} could not be read; what it held stays in force`,
      );
      return undefined;
    }
  }

  #take({ source, id, group }: GroupNews): DeclarationsChange | undefined {
    if (source < 0) {
      const [first] = group?.objects ?? [];
      const document = first instanceof ConfigDocument ? first : undefined;
      if (source === MESH_FILE) this.#meshFile = document;
      else this.#networksFile = document;
      return undefined;
    }
    return this.#declarations.put(source, id, group);
  }

  #isolate(key: ObjectKey, { revision, because }: Quarantine): ObjectChange | undefined {
    // Services may have been made of an earlier revision that said the same.
    const latest = this.#versions.find(key)?.latest?.meta.revision;
    const isServed = latest !== undefined && this.#maker.revisionsOf(key).includes(revision);
    return this.#versions.quarantine(key, { revision: isServed ? latest : revision, because });
  }

  #updateAll(changes: readonly (ObjectChange | undefined)[], reason: string): boolean {
    const real = changes.filter((change) => change !== undefined);
    if (real.length === 0) return false;
    const update = new Update();
    for (const change of real) update.add(change);
    this.#update(update, reason);
    return true;
  }

  #declare(keys: Iterable<ObjectKey>, update: Update): void {
    for (const key of keys) {
      const declaration = this.#declarations.find(key);
      const object = declaration && !findError(declaration) ? declaration.object : undefined;
      if (object && this.#versions.find(key)?.isRejected)
        update.settled.set(key, this.#versions.inForce(key) !== undefined);
      update.add(declaration ? this.#versions.declare(key, object) : this.#versions.remove(key));
    }
  }

  #updateMesh(update: Update): void {
    const own = this.#readMap(this.#meshKey);
    const shared = this.#sharedMeshKey && this.#readMap(this.#sharedMeshKey);
    const { isBroken, find } = own;
    const before = this.#mesh.issues;
    if ((this.#meshFile !== undefined || !isBroken) && shared?.isBroken !== true)
      this.#mesh.update(this.#meshFile ?? find(findSettings), shared?.find(findSettings));
    if (this.#networksFile !== undefined || !isBroken) {
      this.#mesh.updateNetworks(this.#networksFile ?? find(findNetworks));
    }
    update.addIssues(before, this.#mesh.issues);
    const context = toParseContext(this.#mesh.mesh);
    if (!isDeepStrictEqual(context, this.#context)) this.#reread(context, update);
  }

  /** A ConfigMap of settings. One with errors leaves its settings in force like any other object does. */
  #readMap(key: ObjectKey) {
    const declaration = this.#declarations.find(key);
    const map = declaration?.object?.kind === 'ConfigMap' ? declaration.object.value : undefined;
    return {
      isBroken: declaration !== undefined && findError(declaration) !== undefined,
      find: (search: typeof findSettings) => (declaration && map ? search(declaration.raw, map) : undefined),
    };
  }

  /** Reads everything anew with other settings. */
  #reread(context: ReturnType<typeof toParseContext>, update: Update): void {
    this.#context = context;
    const before = this.#declarations.listIssues();
    const keys = this.#declarations.reread();
    update.addIssues(before, this.#declarations.listIssues());
    this.#declare(keys, update);
  }

  #update(update: Update, reason: string, atMs = this.#clock.now()): void {
    const previous = this.snapshot;
    const { mesh } = this.#mesh;
    const list = () => this.#versions.listInForce();
    const changes = update.changes();
    const made = this.#maker.apply(this.#selection.apply(changes, mesh.discoverySelectors, list), mesh);
    if (changes.length > 0) for (const listener of this.#objectListeners) listener(changes);
    logUpdate(update, { declarations: this.#declarations, versions: this.#versions });
    if (!made && update.issues.length === 0 && !update.isCleared) return;
    const change = toWorldChange({ previous, made, update, reason, atMs });
    for (const listener of this.#listeners) listener(change);
  }
}
