import type { Static } from 'typebox';
import type { DirectResponse, Redirect } from '../../../model/virtual-service.ts';
import { checkHeaderValue } from '../../parts/headers.ts';
import type { Pointer } from '../../pointer.ts';
import { present } from '../../present.ts';
import type { IssueReport } from '../../report.ts';
import { choice, object, text, whole } from '../../schema/fields.ts';
import type { WrittenHttpMatch } from './http-match.ts';

/** Answers with a redirect. */
export const REDIRECT = object(
  'Answers with a redirect.',
  {
    required: {},
    optional: {
      uri: text('Path to redirect to.', { absent: 'that of the request' }),
      authority: text('Host to redirect to.', { absent: 'that of the request' }),
      port: whole('Port to redirect to.', { minimum: 1, maximum: 65535 }),
      derivePort: choice('Where the port comes from.', ['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']),
      scheme: choice('Scheme to redirect to.', ['http', 'https'], { absent: 'that of the request' }),
      redirectCode: whole('Status code: 301, 302, 303, 307 or 308.', { minimum: 0, maximum: 399, absent: '301' }),
      prefixRewrite: text('Replaces the prefix that matched.'),
    },
  },
  {
    exclusive: [
      ['port', 'derivePort'],
      ['uri', 'prefixRewrite'],
    ],
  },
);

/** Answers without asking anybody. */
export const DIRECT_RESPONSE = object('Answers without asking anybody.', {
  required: { status: whole('Status code.', { minimum: 200, maximum: 599 }) },
  optional: {
    body: object(
      'Body of the answer.',
      {
        required: {},
        optional: { string: text('The body as text.'), bytes: text('The body in base64.', { format: 'base64' }) },
      },
      { exclusive: [['string', 'bytes']] },
    ),
  },
});

export type WrittenRedirect = Static<typeof REDIRECT>;
export type WrittenDirectResponse = Static<typeof DIRECT_RESPONSE>;

const CODES = [301, 302, 303, 307, 308] as const;
/** More than Envoy keeps for a route, as RouteConfigurations of the mesh are written. */
const MAX_BODY = 1024 * 1024;
const LARGE_BODY = 100 * 1024;

export function checkRedirect(
  redirect: WrittenRedirect,
  matches: readonly WrittenHttpMatch[],
  at: Pointer,
  report: IssueReport,
): void {
  const { uri, authority, port, derivePort, scheme, redirectCode = 0, prefixRewrite } = redirect;
  if (!uri && !authority && port === undefined && derivePort === undefined && !scheme && !prefixRewrite) {
    report.add(
      'VS_REDIRECT_EMPTY',
      at,
      'the redirect goes nowhere: expected uri, authority, port, derivePort, scheme or prefixRewrite',
    );
  }
  if (redirectCode !== 0 && findCode(redirectCode) === undefined) {
    report.add(
      'VALUE_RANGE',
      at.to('redirectCode'),
      `${at.to('redirectCode')} is ${redirectCode}, expected one of ${CODES.join(', ')}`,
    );
  }
  if (prefixRewrite && matches.some((match) => match.uri !== undefined && match.uri.prefix === undefined)) {
    report.add(
      'VS_PREFIX_REWRITE',
      at.to('prefixRewrite'),
      'prefixRewrite replaces a prefix, so every match of a path must be by prefix',
      'key',
    );
  }
  for (const field of ['uri', 'authority', 'prefixRewrite'] as const)
    checkPlainText(redirect[field], at.to(field), report);
}

/** Text that Envoy puts into a header as it is: a `%` means nothing there. */
export function checkPlainText(value: string | undefined, at: Pointer, report: IssueReport): void {
  checkHeaderValue((value ?? '').replaceAll('%', ''), at, report);
}

export function parseRedirect({
  uri,
  authority,
  port,
  derivePort,
  scheme,
  redirectCode = 0,
  prefixRewrite,
}: WrittenRedirect): Redirect {
  const derived =
    derivePort && ({ kind: derivePort === 'FROM_REQUEST_PORT' ? 'from-request' : 'from-protocol' } as const);
  return {
    code: findCode(redirectCode) ?? 301,
    ...present({
      uri: uri || undefined,
      authority: authority || undefined,
      scheme,
      port: port === undefined ? derived : ({ kind: 'number', port } as const),
      prefixRewrite: prefixRewrite || undefined,
    }),
  };
}

function findCode(code: number): Redirect['code'] | undefined {
  return CODES.find((known) => known === code);
}

export function checkDirectResponse({ body }: WrittenDirectResponse, at: Pointer, report: IssueReport): void {
  const size =
    body?.bytes === undefined ? Buffer.byteLength(body?.string ?? '') : Buffer.byteLength(body.bytes, 'base64');
  if (size > MAX_BODY)
    report.add('VS_BODY_TOO_LARGE', at.to('body'), `the body has ${size} bytes, expected at most ${MAX_BODY}`);
  else if (size > LARGE_BODY)
    report.add(
      'VS_BODY_LARGE',
      at.to('body'),
      `the body has ${size} bytes, which every proxy carries: serve large answers by a workload`,
    );
}

export function parseDirectResponse({ status, body }: WrittenDirectResponse): DirectResponse {
  if (body?.bytes !== undefined) return { status, body: { kind: 'bytes', base64: body.bytes } };
  return body?.string === undefined ? { status } : { status, body: { kind: 'text', text: body.string } };
}
