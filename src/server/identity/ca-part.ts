import { existsSync } from 'node:fs';
import type { Authenticator } from '../../ca/authenticator.ts';
import { CertificateAuthority } from '../../ca/authority.ts';
import { CertificateAuthenticator } from '../../ca/certificate-authenticator.ts';
import { type CertificateService, createCertificateService } from '../../ca/certificate-service.ts';
import { DirectoryCaStore } from '../../ca/directory-store.ts';
import { FolderSource } from '../../ca/folder-source.ts';
import { openJoinKey } from '../../ca/join-key.ts';
import { JoinTokenAuthenticator } from '../../ca/join-token.ts';
import { KubePods } from '../../ca/kube-pods.ts';
import { KubeCaStore } from '../../ca/kube-store.ts';
import { parseCertificates } from '../../ca/material.ts';
import { FILE, findPluggedTexts } from '../../ca/material-files.ts';
import { PluggedSource } from '../../ca/plugged-source.ts';
import { SelfSignedSource } from '../../ca/self-signed-source.ts';
import { ServingCertificate, type ServingOrigin } from '../../ca/serving-certificate.ts';
import { listServingNames } from '../../ca/serving-names.ts';
import type { CaStore, MaterialSource } from '../../ca/store.ts';
import { TokenAuthenticator } from '../../ca/token-authenticator.ts';
import { createTokenReviewer } from '../../ca/token-review.ts';
import { createBackoff } from '../../kit/backoff.ts';
import { sleep, systemClock } from '../../kit/clock.ts';
import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { Part } from '../lifecycle.ts';
import type { CaSettings } from './ca-switches.ts';

/** What a control plane's identity is made of. */
export interface CaPartOptions {
  readonly settings: CaSettings;
  /** The mesh's settings as they are now: the world must have been read before the part starts. */
  readonly mesh: () => Pick<MeshConfig, 'trustDomain' | 'trustDomainAliases' | 'defaultConfig'>;
  readonly namespace: string;
  readonly revision: string;
  readonly clusterID: string;
  /** The API server that keeps the root and reviews tokens. */
  readonly client?: KubeClient;
  /** Where the root and the key of join tokens are kept where there is no API server. */
  readonly stateDir?: string | undefined;
  /** API servers of other clusters, by name. */
  readonly remoteClient?: (cluster: string) => KubeClient | undefined;
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly caCertFile?: string | undefined;
}

/** A control plane's identity: what the TLS ports present, whom they believe, and who signs. */
export interface CaPart extends Part {
  readonly authority: CertificateAuthority;
  readonly serving: ServingCertificate;
  /** In the order in which they are asked; complete once the part has started. */
  readonly authenticators: readonly Authenticator[];
  readonly service: CertificateService;
  /** Resolves when there is a root, and a certificate to present. */
  readonly ready: Promise<void>;
}

const SECRET = 'istio-ca-secret';
const PLUGGED_SECRET = 'cacerts';
/** Where istiod finds its certificate when the flags do not say. */
const MOUNTED = {
  certFile: './var/run/secrets/istiod/tls/tls.crt',
  keyFile: './var/run/secrets/istiod/tls/tls.key',
  caFiles: ['./var/run/secrets/istiod/ca/root-cert.pem', './var/run/secrets/istiod/tls/ca.crt'],
};

const log = createLog('ca');

interface Source {
  start(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

/** Puts the certificate authority together: which root, kept where, for whom. Nothing happens before `start`. */
export function createCaPart(options: CaPartOptions): CaPart {
  const { settings } = options;
  const authority = new CertificateAuthority(settings);
  const serving = new ServingCertificate(toOrigin(options, authority));
  const authenticators: Authenticator[] = [];
  const stopped = new AbortController();
  const ready = Promise.withResolvers<void>();
  let running: Promise<unknown> = Promise.resolve();

  const open = async () => {
    const source = await chooseSource(options, authority);
    await source.start();
    await serving.start();
    running = Promise.all([source.run(stopped.signal), serving.run(stopped.signal)]);
    ready.resolve();
  };

  return {
    name: 'certificate authority',
    authority,
    serving,
    authenticators,
    ready: ready.promise,
    service: createCertificateService({
      authority,
      authenticators,
      impersonation: {
        trustedAccounts: settings.trustedAccounts,
        trustDomains: () => listTrustDomains(options),
        podsOf: createPodsOf(options),
      },
    }),
    async start() {
      authenticators.push(...(await createAuthenticators(options)));
      try {
        await open();
      } catch (error) {
        const fault = Fault.from(error);
        // A wrong set of files is for an operator to mend; an API server that refuses or is away may come round.
        if (!fault.retry && !fault.code.startsWith('KUBE_')) throw fault;
        void openLater(open, fault, stopped.signal);
      }
    },
    async stop() {
      stopped.abort();
      await running;
      authority.close();
    },
  };
}

async function openLater(open: () => Promise<void>, first: Fault, signal: AbortSignal): Promise<void> {
  const backoff = createBackoff({ baseMs: 1000, maxMs: 30_000 });
  for (let fault = first; ; ) {
    log.error({ event: 'ca.unavailable', code: fault.code, detail: fault.message }, 'no certificates are signed yet');
    try {
      await sleep(systemClock, backoff.next(), signal);
      return await open();
    } catch (error) {
      if (signal.aborted) return;
      fault = Fault.from(error);
    }
  }
}

/** Mounted files first, then a Secret that an operator plugged in, then a root of our own. */
async function chooseSource(options: CaPartOptions, authority: CertificateAuthority): Promise<Source> {
  const { settings, client, namespace } = options;
  const mounted = new FolderSource(settings.rootDir);
  if (await isPlugged(mounted)) return new PluggedSource(mounted, authority);
  const secret = client && new KubeCaStore(client, { namespace, name: PLUGGED_SECRET });
  if (secret !== undefined && (await isPlugged(secret))) return new PluggedSource(secret, authority);
  // Roots of another authority that is moved to, or from.
  authority.bundle.add(parseCertificates((await mounted.read())?.files[FILE.root] ?? '', mounted.place));
  const isGenerated = settings.usesCacerts || (await secret?.read())?.files[FILE.generated] !== undefined;
  return new SelfSignedSource({
    ...(secret !== undefined && isGenerated
      ? { store: secret, moreFiles: { [FILE.generated]: '' } }
      : { store: createStore(options) }),
    authority,
    clock: systemClock,
    trustDomain: options.mesh().trustDomain,
    key: settings.rootKey,
    rootTtlMs: settings.rootTtlMs,
    checkEveryMs: settings.checkEveryMs,
    isFirstCheckRandom: settings.isFirstCheckRandom,
    gracePercent: settings.gracePercent,
  });
}

async function isPlugged(source: MaterialSource): Promise<boolean> {
  const stored = await source.read();
  if (stored === undefined || stored.files[FILE.generated] !== undefined) return false;
  return findPluggedTexts(stored.files) !== undefined;
}

function createStore({ client, namespace, stateDir }: CaPartOptions): CaStore {
  if (client !== undefined) return new KubeCaStore(client, { namespace, name: SECRET });
  if (stateDir !== undefined) return new DirectoryCaStore(stateDir);
  throw new Error('a certificate authority needs an API server or a state directory');
}

async function createAuthenticators(options: CaPartOptions): Promise<readonly Authenticator[]> {
  const { mesh, settings, client, stateDir } = options;
  const trustDomain = () => mesh().trustDomain;
  const trustDomains = () => listTrustDomains(options);
  return [
    new CertificateAuthenticator({ trustDomains }),
    ...(stateDir === undefined ? [] : [new JoinTokenAuthenticator({ key: await openJoinKey(stateDir), trustDomain })]),
    ...(client === undefined
      ? []
      : [
          new TokenAuthenticator({ audiences: settings.audiences, trustDomain, reviewerOf: createReviewerOf(options) }),
        ]),
  ];
}

function listTrustDomains({ mesh }: CaPartOptions): readonly string[] {
  const { trustDomain, trustDomainAliases } = mesh();
  return [trustDomain, ...trustDomainAliases];
}

/** A header that names no cluster means ours. */
function createReviewerOf({ client, clusterID, remoteClient }: CaPartOptions) {
  return (cluster: string) => {
    const found = cluster === '' || cluster === clusterID ? client : remoteClient?.(cluster);
    return found && createTokenReviewer(found);
  };
}

function createPodsOf({ client, clusterID, remoteClient }: CaPartOptions) {
  const known = new WeakMap<KubeClient, KubePods>();
  return (cluster: string) => {
    const found = cluster === clusterID ? client : remoteClient?.(cluster);
    if (found === undefined) return undefined;
    const pods = known.get(found) ?? new KubePods(found);
    known.set(found, pods);
    return pods;
  };
}

function toOrigin(options: CaPartOptions, authority: CertificateAuthority): ServingOrigin {
  const { tlsCertFile, tlsKeyFile, caCertFile, settings, mesh } = options;
  if (tlsCertFile !== undefined && tlsKeyFile !== undefined)
    return {
      kind: 'files',
      files: { certFile: tlsCertFile, keyFile: tlsKeyFile, caFiles: caCertFile === undefined ? [] : [caCertFile] },
    };
  if (existsSync(MOUNTED.certFile) && existsSync(MOUNTED.keyFile)) return { kind: 'files', files: MOUNTED };
  const names = () => {
    const customHosts = [...settings.customHosts, hostOf(mesh().defaultConfig.discoveryAddress ?? '')];
    return listServingNames({ ...options, customHosts });
  };
  return { kind: 'authority', authority, names };
}

/** `istiod.istio-system.svc:15012` without its port. */
function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
