import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createLog } from '../../kit/log.ts';
import type { AgentMetrics } from '../metrics/agent-metrics.ts';
import type { ScrapeTarget } from '../settings/status-settings.ts';
import { readWhole, scrape, toForwardedHeaders, toScrapeTimeoutMs } from './scrape.ts';

const log = createLog('status');

/** Whose metrics become one answer. */
export interface MergedSources {
  readonly metrics: AgentMetrics;
  /** Where Envoy tells its own; absent where it is not asked. */
  readonly envoyPort: number | undefined;
  readonly targets: readonly ScrapeTarget[];
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
/** Of each application, where there are several and all have to be held. */
const LIMIT = 10 << 20;
const END = /^# EOF\n?/gm;

/**
 * Answers one scrape with the metrics of the agent, of Envoy, and of the applications, in this order. A part that cannot be had is left out and
 * counted: what there is must not be lost with it.
 * @see istio pilot/cmd/pilot-agent/status/server.go `handleStats`
 */
export async function answerScrape(
  sources: MergedSources,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { metrics, envoyPort, targets } = sources;
  metrics.scrapes.increment();
  const headers = toForwardedHeaders(request.headers);
  const signal = AbortSignal.timeout(toScrapeTimeoutMs(request.headers));
  const query = request.url?.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
  const { accept: _, ...plainHeaders } = headers;
  const [envoy, applications] = await Promise.all([
    envoyPort === undefined
      ? undefined
      : scrape({ port: envoyPort, path: `/stats/prometheus${query}`, headers: plainHeaders, signal }).catch(
          (err: unknown) => countFailure(metrics, 'envoy', err),
        ),
    scrapeApplications(sources, (target) => scrape({ ...target, headers, signal })),
  ]);
  response.setHeader('content-type', applications.contentType);
  const out = await toOutput(request, response);
  out.write(metrics.print());
  if (envoy !== undefined) await copy(envoy, out).catch((err: unknown) => countFailure(metrics, 'envoy', err));
  for (const body of applications.bodies)
    await copy(body, out).catch((err: unknown) => countFailure(metrics, 'application', err));
  out.end();
  if (targets.length > 0) log.debug({ event: 'status.scrape', targets: targets.length }, 'metrics were scraped');
}

interface Applications {
  readonly contentType: string;
  /** One may be a stream; several are whole texts. */
  readonly bodies: readonly AsyncIterable<Buffer | string>[];
}

async function scrapeApplications(
  { targets, metrics }: MergedSources,
  open: (target: ScrapeTarget) => Promise<IncomingMessage>,
): Promise<Applications> {
  const fail = (err: unknown) => countFailure(metrics, 'application', err);
  const [only, ...others] = targets;
  if (only === undefined) return { contentType: TEXT, bodies: [] };
  if (others.length === 0) {
    const answer = await open(only).catch(fail);
    return { contentType: toContentType(answer), bodies: answer === undefined ? [] : [answer] };
  }
  const read = await Promise.all(
    targets.map(async (target) => {
      try {
        const answer = await open(target);
        return { contentType: toContentType(answer), text: await readWhole(answer, LIMIT) };
      } catch (err) {
        return fail(err);
      }
    }),
  );
  return mergeTexts(read.filter((part) => part !== undefined));
}

/** Only the last line of all may say that it is the last. */
function mergeTexts(parts: readonly { readonly contentType: string; readonly text: string }[]): Applications {
  const contentType = parts[0]?.contentType ?? TEXT;
  const texts = parts.map(({ text }) => text.replace(END, ''));
  const whole = texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
  return { contentType, bodies: [toIterable(contentType === TEXT ? whole : `${whole}# EOF\n`)] };
}

async function* toIterable(text: string): AsyncGenerator<string> {
  yield text;
}

/** OpenMetrics where the application speaks it, in the version that it says; everything else is taken for Prometheus' text. */
function toContentType(answer: IncomingMessage | undefined): string {
  const given = answer?.headers['content-type'] ?? '';
  if (!given.startsWith('application/openmetrics-text')) return TEXT;
  const version = /version=([^;]+)/.exec(given)?.[1]?.trim() === '1.0.0' ? '1.0.0' : '0.0.1';
  return `application/openmetrics-text; version=${version}; charset=utf-8`;
}

async function toOutput(request: IncomingMessage, response: ServerResponse): Promise<Writable> {
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return response;
  response.setHeader('content-encoding', 'gzip');
  const { createGzip } = await import('node:zlib');
  const gzip = createGzip();
  gzip.pipe(response);
  response.on('close', () => gzip.destroy());
  gzip.on('error', () => response.destroy());
  return gzip;
}

async function copy(from: AsyncIterable<Buffer | string>, out: Writable): Promise<void> {
  for await (const chunk of from) {
    if (out.destroyed) return;
    if (!out.write(chunk)) await Promise.race([once(out, 'drain'), once(out, 'close')]);
  }
}

function countFailure(metrics: AgentMetrics, type: 'envoy' | 'application', err: unknown): undefined {
  metrics.scrapeFailures.increment(type);
  const reason = err instanceof Error ? err.message : String(err);
  log.warn({ event: 'status.scrape', type, reason }, `no metrics of ${type}: ${reason}`);
}
