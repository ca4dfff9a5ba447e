import { encodeMessage, fromJson } from '../../gen/codec.ts';
import { xdsFault } from '../../xds/fault-status.ts';
import { type AnswerPart, type AnswerQuestion, DEBUG_TYPE, type Question } from '../../xds/question.ts';
import type { StreamStatus } from '../../xds/session.ts';
import type { WatchStatus } from '../../xds/watch.ts';
import type { Handler, Reply } from '../http/router.ts';
import type { ConnectedProxy } from '../proxy/connected-proxy.ts';
import type { DebugContext } from './debug-context.ts';
import { type DebugPolicy, mayDebug } from './debug-policy.ts';

const SYNC_TYPE = `${DEBUG_TYPE}/syncz`;
const DUMP_TYPE = `${DEBUG_TYPE}/config_dump`;
/** Those whose dumps are messages here; the others are told in JSON alone. */
const DUMPED = 'cds,lds,rds,sds';
const CLIENT_CONFIG = 'envoy.service.status.v3.ClientConfig';
const MS_PER_S = 1000;

/** What answers need. */
export interface DebugAnswers {
  readonly context: DebugContext;
  /** The debug pages, by name. */
  readonly pages: ReadonlyMap<string, Handler>;
  readonly policy: DebugPolicy;
}

/**
 * Answers what istioctl asks over xDS: any debug page as `istio.io/debug`, how proxies stand as `istio.io/debug/syncz`, and what one of them is
 * served as `istio.io/debug/config_dump`. Whoever asks has to have proved an identity, and sees what that may see.
 * @see Istio pilot/pkg/xds/debuggen.go, statusgen.go
 */
export function createDebugAnswers(answers: DebugAnswers): AnswerQuestion {
  return async (question) => {
    const { typeUrl, names } = question;
    if (typeUrl === SYNC_TYPE) {
      hold(answers, question, 'syncz', new URLSearchParams());
      return listStates(answers.context);
    }
    if (typeUrl === DUMP_TYPE) return dump(answers, question, getOnly(names));
    if (typeUrl !== DEBUG_TYPE) throw xdsFault('XDS_REQUEST_INVALID', `${typeUrl} is not served here`);
    const name = getOnly(names);
    return [{ name, typeUrl: DEBUG_TYPE, bytes: await showPage(answers, question, name) }];
  };
}

/** @throws Fault when there is none, or another. */
function getOnly([name, ...others]: readonly string[]): string {
  if (name === undefined || others.length > 0)
    throw xdsFault('XDS_REQUEST_INVALID', 'exactly one debug request is required');
  return name;
}

/** @throws Fault when whoever asks may not see the page. */
function hold({ context, policy }: DebugAnswers, { connection }: Question, page: string, query: URLSearchParams): void {
  const identities = context.findProxy(connection.id)?.connection.identities ?? [];
  if (identities.length === 0)
    throw xdsFault('XDS_UNAUTHENTICATED', 'authentication failed: debug pages are for those who prove who they are');
  if (!mayDebug(policy, { identities, page, proxyID: query.get('proxyID') }, context))
    throw xdsFault('XDS_FORBIDDEN', `${page} is not for ${identities.join(', ')}`);
}

async function showPage(answers: DebugAnswers, question: Question, name: string): Promise<Buffer> {
  const reply = await openPage(answers, question, name);
  return Buffer.from(reply.kind === 'text' ? reply.body : JSON.stringify(reply.value));
}

async function openPage(answers: DebugAnswers, question: Question, name: string): Promise<Reply> {
  const [page = '', search = ''] = name.split('?', 2);
  const query = new URLSearchParams(search);
  hold(answers, question, page, query);
  const handler = answers.pages.get(page);
  if (handler === undefined) throw xdsFault('XDS_REQUEST_INVALID', `there is no debug page ${page}`);
  return handler({ path: `/debug/${page}`, query, method: 'GET', peer: '', host: '', body: async () => '' });
}

/** The parts of Envoy's dump, each as the message that Envoy itself would send. */
async function dump(answers: DebugAnswers, question: Question, proxyID: string): Promise<readonly AnswerPart[]> {
  const query = new URLSearchParams({ proxyID, types: DUMPED });
  const reply = await openPage(answers, question, `config_dump?${query}`);
  if (reply.kind === 'text') throw xdsFault('XDS_REQUEST_INVALID', reply.body.trim());
  return listConfigs(reply.value).map((config) => {
    const { '@type': typeUrl, ...message } = config;
    return { name: typeUrl, typeUrl, bytes: fromJson(typeUrl.slice(typeUrl.lastIndexOf('/') + 1), message) };
  });
}

interface Config {
  readonly '@type': string;
}

/** Our own note of where a resource comes from is no field of Envoy's. */
function listConfigs(value: unknown): readonly Config[] {
  const text = JSON.stringify(value, (key, inner: unknown) => (key === 'origins' ? undefined : inner));
  const { configs }: { readonly configs: readonly Config[] } = JSON.parse(text);
  return configs;
}

/** Every proxy of a mesh, which says how it wants to be configured; whoever only asks questions does not. */
function listStates(context: DebugContext): readonly AnswerPart[] {
  return context.streams().flatMap((stream) => {
    if (stream.node.metadata.PROXY_CONFIG === undefined) return [];
    const bytes = encodeMessage(CLIENT_CONFIG, toClientConfig(stream, context.findProxy(stream.id)));
    return { name: stream.node.id, typeUrl: `type.googleapis.com/${CLIENT_CONFIG}`, bytes };
  });
}

function toClientConfig({ node, types }: StreamStatus, proxy: ConnectedProxy | undefined) {
  const text = (value: unknown) => ({ string_value: typeof value === 'string' ? value : '' });
  const { ISTIO_VERSION, NAMESPACE, CLUSTER_ID } = node.metadata;
  const fields = {
    CLUSTER_ID: text(CLUSTER_ID ?? proxy?.facts.cluster),
    NAMESPACE: text(NAMESPACE ?? proxy?.facts.namespace),
    ISTIO_VERSION: text(ISTIO_VERSION),
  };
  const sorted = [...types].sort((a, b) => (a.typeUrl < b.typeUrl ? -1 : 1));
  return { node: { id: node.id, metadata: { fields } }, generic_xds_configs: sorted.map(toConfig) };
}

function toConfig({ typeUrl, nonceSent, nonceAcked, lastNack, sentAt }: WatchStatus) {
  const isSent = nonceSent !== '';
  const settled = nonceSent === nonceAcked ? 'SYNCED' : 'STALE';
  return {
    type_url: typeUrl,
    config_status: lastNack !== undefined ? 'ERROR' : isSent ? settled : 'NOT_SENT',
    ...(isSent && { last_updated: toTimestamp(sentAt) }),
    ...(lastNack !== undefined && { error_state: { details: lastNack } }),
  } as const;
}

function toTimestamp(ms: number) {
  return { seconds: Math.floor(ms / MS_PER_S), nanos: (ms % MS_PER_S) * 1e6 };
}
