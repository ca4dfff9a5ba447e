/** A Pod, as far as a node reads it. */
export interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** Since when it is to end. */
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly securityContext?: SecurityContext;
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
  readonly status?: { readonly podIP?: string; readonly conditions?: readonly { type: string; status: string }[] };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
  readonly securityContext?: SecurityContext;
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly postStart?: { readonly exec?: { readonly command: readonly string[] } } };
  /** Of an init container: `Always` is one that stays. */
  readonly restartPolicy?: string;
}

export interface SecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly resourceFieldRef?: { readonly resource: string };
  };
}

export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
}

/** A file of a volume, out of a ConfigMap or Secret. */
export interface KeyToPath {
  readonly key: string;
  readonly path: string;
}

/** A volume, of the kinds that meshes use. */
export interface Volume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly configMap?: { readonly name: string; readonly items?: readonly KeyToPath[]; readonly optional?: boolean };
  readonly secret?: {
    readonly secretName: string;
    readonly items?: readonly KeyToPath[];
    readonly optional?: boolean;
  };
  readonly downwardAPI?: { readonly items: readonly DownwardItem[] };
  readonly projected?: { readonly sources: readonly ProjectedSource[] };
}

export interface DownwardItem {
  readonly path: string;
  readonly fieldRef?: { readonly fieldPath: string };
}

export interface ProjectedSource {
  readonly serviceAccountToken?: {
    readonly audience?: string;
    readonly expirationSeconds?: number;
    readonly path: string;
  };
  readonly configMap?: { readonly name: string; readonly items?: readonly KeyToPath[] };
  readonly downwardAPI?: { readonly items: readonly DownwardItem[] };
}
