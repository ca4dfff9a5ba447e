import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import type { PodObject } from './pod-object.ts';

/** A token of a pod's service account, bound to the pod: it is worth nothing once that is gone. */
export async function requestPodToken(
  cluster: Cluster,
  { metadata, spec }: PodObject,
  { audience, expirationSeconds = 3600 }: { readonly audience?: string; readonly expirationSeconds?: number },
): Promise<string> {
  const { namespace, name, uid } = metadata;
  const account = spec.serviceAccountName ?? 'default';
  // Makes namespace and account where they are missing.
  await cluster.token(namespace, account);
  const { status, body } = await cluster.ask({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: {
      spec: {
        ...(audience !== undefined && { audiences: [audience] }),
        expirationSeconds,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
      },
    },
  });
  if (status !== 201) throw new Error(`a token for ${namespace}/${name}: ${status} ${body}`);
  const answer: { status: { token: string } } = JSON.parse(body);
  return answer.status.token;
}

/** A token as it was, with other claims, signed with the cluster's own key: what the API server would not hand out. */
export async function signOtherToken(
  cluster: Cluster,
  token: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const [header = '', payload = ''] = token.split('.');
  const key = await readFile(path.join(path.dirname(cluster.caFile), 'service-account.key'));
  const old: object = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const text = `${header}.${Buffer.from(JSON.stringify({ ...old, ...claims })).toString('base64url')}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}
