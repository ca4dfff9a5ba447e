import type { Static } from 'typebox';
import type { HeaderOperations, Headers } from '../../model/virtual-service.ts';
import type { Pointer } from '../pointer.ts';
import type { IssueReport } from '../report.ts';
import { findFormatFault } from '../schema/command-operator.ts';
import { listOf, mapOf, object, text } from '../schema/fields.ts';
import { isHeaderName } from '../schema/names.ts';

/** The longest name and the longest value of a header that Envoy takes in its configuration. */
const MAX_HEADER_BYTES = 16_384;

function operations(side: string) {
  return object(`Changes to the headers of ${side}.`, {
    required: {},
    optional: {
      set: mapOf(
        'Headers to overwrite, or to add where missing.',
        text("Value of the header; Envoy's command operators such as `%REQ(x-id)%` are filled in."),
      ),
      add: mapOf(
        'Headers to append.',
        text("Value of the header; Envoy's command operators such as `%REQ(x-id)%` are filled in."),
      ),
      remove: listOf('Headers to remove.', text('Name of the header.')),
    },
  });
}

/** Changes to headers. */
export const HEADERS = object('Changes to headers.', {
  required: {},
  optional: { request: operations('requests'), response: operations('responses') },
});

export type WrittenHeaders = Static<typeof HEADERS>;
type WrittenOperations = NonNullable<WrittenHeaders['request']>;

/** Envoy refuses the whole route configuration over one wrong header, so each is looked at. */
export function checkHeaders(headers: WrittenHeaders | undefined, at: Pointer, report: IssueReport): void {
  if (headers?.request) checkOperations(headers.request, at.to('request'), report, true);
  if (headers?.response) checkOperations(headers.response, at.to('response'), report, false);
}

function checkOperations(
  { set, add, remove = [] }: WrittenOperations,
  at: Pointer,
  report: IssueReport,
  mayNameHost: boolean,
): void {
  for (const [field, values] of [
    ['set', set],
    ['add', add],
  ] as const) {
    for (const [name, value] of Object.entries(values ?? {})) {
      const place = at.to(field).to(name);
      checkName(name, place, report, mayNameHost);
      checkHeaderValue(value, place, report);
    }
  }
  for (const [index, name] of remove.entries()) checkName(name, at.to('remove').to(index), report, false);
}

function checkName(name: string, at: Pointer, report: IssueReport, mayNameHost: boolean): void {
  const isHost = name.toLowerCase() === 'host' || name === ':authority';
  if (isHost && mayNameHost) return;
  if (name.startsWith(':') || isHost) {
    report.add('HEADER_INVALID', at, `header "${name}" cannot be changed here`, 'key');
  } else if (name.length > MAX_HEADER_BYTES) {
    report.add(
      'HEADER_INVALID',
      at,
      `the name of a header is ${name.length} bytes long, proxies take ${MAX_HEADER_BYTES}`,
      'key',
    );
  } else if (!isHeaderName(name)) {
    report.add('HEADER_INVALID', at, `"${name}" is no name of an HTTP header`, 'key');
  }
}

/** What Envoy takes as the value of a header: at most 16 KiB, no control characters, and every `%` part of a known operator. */
export function checkHeaderValue(value: string, at: Pointer, report: IssueReport): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what is refused
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
    report.add('HEADER_INVALID', at, `${at} has a control character, which headers cannot carry`);
    return;
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_HEADER_BYTES) {
    report.add('HEADER_INVALID', at, `${at} is ${bytes} bytes long, proxies take ${MAX_HEADER_BYTES}`);
    return;
  }
  const fault = findFormatFault(value);
  if (fault !== undefined) report.add('HEADER_INVALID', at, `${at} ${fault}`);
}

export function parseHeaders({ request = {}, response = {} }: WrittenHeaders): Headers {
  return { request: parseOperations(request), response: parseOperations(response) };
}

function parseOperations({ set = {}, add = {}, remove = [] }: WrittenOperations): HeaderOperations {
  return { set, add, remove };
}
