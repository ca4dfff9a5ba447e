import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';

const text = Type.Optional(Type.String());

const cluster = Type.Object({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': Type.Optional(Type.Boolean()),
  'tls-server-name': text,
});

const user = Type.Object({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  username: text,
  password: text,
  as: text,
  exec: Type.Optional(Type.Unknown()),
  'auth-provider': Type.Optional(Type.Unknown()),
});

const context = Type.Object({ cluster: Type.String(), user: text, namespace: text });

const list = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Array(schema));

/** The fields of a kubeconfig that are read here; others are let be. */
const kubeconfig = Type.Object({
  'current-context': text,
  clusters: list(Type.Object({ name: Type.String(), cluster: Type.Optional(cluster) })),
  users: list(Type.Object({ name: Type.String(), user: Type.Optional(user) })),
  contexts: list(Type.Object({ name: Type.String(), context: Type.Optional(context) })),
});

export type Kubeconfig = Static<typeof kubeconfig>;
export type Cluster = Static<typeof cluster>;
export type User = Static<typeof user>;

export function isKubeconfig(value: unknown): value is Kubeconfig {
  return Check(kubeconfig, value);
}
