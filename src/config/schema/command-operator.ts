/**
 * What is wrong with a text that Envoy formats (`%REQ(x-id)%`); `undefined` when nothing is.
 *
 * A single `%` begins an operator, `%%` stands for itself. Envoy refuses the whole configuration over an operator it does not know.
 *
 * @returns The rest of a sentence whose subject is the field.
 */
export function findFormatFault(text: string): string | undefined {
  return findFault(text, NONE);
}

/** The same for a line of an access log, which may use operators of the extension that access logs are configured with. */
export function findLogFormatFault(text: string): string | undefined {
  return findFault(text, LOG_OPERATORS);
}

/** @param more operators beyond those of Envoy's core; each takes the name of a header. */
function findFault(text: string, more: ReadonlySet<string>): string | undefined {
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at)) {
    if (text[at + 1] === '%') {
      at += 2;
      continue;
    }
    OPERATOR.lastIndex = at;
    const operator = OPERATOR.exec(text);
    if (operator === null)
      return 'has a "%" that begins no operator such as %REQ(x-id)%; write "%%" for the character itself';
    const [whole, name = '', parameter, length] = operator;
    const fault = more.has(name) ? findHeaderFault(name, parameter) : findOperatorFault(name, parameter, length);
    if (fault !== undefined) return fault;
    at += whole.length;
  }
  return undefined;
}

const OPERATOR = /%([A-Z0-9_]+)(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?(?::([0-9]+))?%/y;

function findOperatorFault(
  name: string,
  parameter: string | undefined,
  length: string | undefined,
): string | undefined {
  if (BARE.has(name)) {
    const isBare = parameter === undefined && length === undefined;
    return isBare ? undefined : `gives the operator %${name}% a parameter or a length, which it does not take`;
  }
  if (!WITH_PARAMETER.has(name))
    return FREE.has(name)
      ? findFormFault(name, parameter ?? '')
      : `uses the operator %${name}%, which proxies do not know`;
  if (!parameter) return `uses the operator %${name}% without its parameter, as in %${name}(x)%`;
  return HEADER_OPERATORS.has(name) ? findHeaderFault(name, parameter) : findFormFault(name, parameter);
}

function findHeaderFault(name: string, parameter: string | undefined): string | undefined {
  if (!parameter) return `uses the operator %${name}% without its parameter, as in %${name}(x)%`;
  return /^[^\s?]+(?:\?[^\s?]+)?$/.test(parameter)
    ? undefined
    : `asks the operator %${name}% for "${parameter}", expected the name of a header, or two with "?" between`;
}

function findFormFault(name: string, parameter: string): string | undefined {
  const form = FORMS.get(name);
  return form === undefined || form.test(parameter)
    ? undefined
    : `asks the operator %${name}% for "${parameter}", expected ${form.expected}`;
}

/** Whether every bracket and quote of an expression is closed: what else Envoy may refuse of it takes a parser of CEL to tell. */
function isBalanced(expression: string): boolean {
  const open: string[] = [];
  for (const [token] of expression.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|["'()[\]{}]/g)) {
    if (token.length > 1) continue;
    const closing = CLOSED_BY.get(token);
    if (closing !== undefined) open.push(closing);
    else if (open.pop() !== token) return false;
  }
  return open.length === 0;
}

function names(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/*
 * Operators of Envoy 1.40 that may stand in headers, found by asking it. Those that come with extensions which routes do not
 * configure, such as REQ_WITHOUT_QUERY, are not among them.
 */

/** With a parameter or without. */
const FREE = names(`
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT
  DOWNSTREAM_PEER_CERT_V_END DOWNSTREAM_PEER_CERT_V_START DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT EMIT_TIME EMIT_TIME_LOCAL
  GRPC_STATUS PATH RESPONSE_CODE_DETAILS START_TIME START_TIME_LOCAL UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT
  UPSTREAM_PEER_CERT_V_END UPSTREAM_PEER_CERT_V_START UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT
`);

/** Never without a parameter. */
const WITH_PARAMETER = names(`
  CEL CLUSTER_METADATA COMMON_DURATION DYNAMIC_METADATA ENVIRONMENT FILTER_STATE METADATA PER_REQUEST_STATE QUERY_PARAM REQ REQUEST_HEADER
  RESP RESPONSE_HEADER RESPONSE_TRAILER STREAM_INFO_REQ TRAILER UPSTREAM_FILTER_STATE UPSTREAM_METADATA
`);

const NONE: ReadonlySet<string> = new Set();

/** Those of the extension `envoy.formatter.req_without_query`. */
const LOG_OPERATORS = names('REQ_WITHOUT_QUERY');

const CLOSED_BY: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

interface Form {
  /** Completes "expected …". */
  readonly expected: string;
  test(parameter: string): boolean;
}

function form(pattern: RegExp, expected: string): Form {
  return { expected, test: (parameter) => pattern.test(parameter) };
}

const STATE = form(/^[^:]+(?::(?:PLAIN|TYPED)|:FIELD:[^:]+(?::.*)?)?$/, 'key, key:PLAIN, key:TYPED or key:FIELD:name');

/** What the parameters of some operators look like, where Envoy refuses others. */
const FORMS: ReadonlyMap<string, Form> = new Map([
  ['CEL', { expected: 'an expression whose brackets and quotes are closed', test: isBalanced }],
  [
    'COMMON_DURATION',
    form(/^[^:]*:[^:]*(?::(?:ms|us|ns))?$/, 'start:end or start:end:unit, with the unit ms, us or ns'),
  ],
  ['FILTER_STATE', STATE],
  ['GRPC_STATUS', form(/^(?:CAMEL_STRING|SNAKE_STRING|NUMBER)?$/, 'CAMEL_STRING, SNAKE_STRING or NUMBER')],
  [
    'METADATA',
    form(
      /^(?:DYNAMIC|CLUSTER|ROUTE|UPSTREAM_HOST|LISTENER|VIRTUAL_HOST|LISTENER_FILTER_CHAIN):./,
      'type:namespace, with a type such as ROUTE or CLUSTER',
    ),
  ],
  [
    'PATH',
    form(
      /^(?:WQ|NQ)?(?::(?:ORIG|PATH|ORIG_OR_PATH)?(?::.*)?)?$/,
      'WQ or NQ, perhaps with :ORIG, :PATH or :ORIG_OR_PATH',
    ),
  ],
  ['UPSTREAM_FILTER_STATE', STATE],
]);

/** Whose parameter is a header, or two. */
const HEADER_OPERATORS = names('REQ REQUEST_HEADER RESP RESPONSE_HEADER RESPONSE_TRAILER TRAILER');

/** Never with a parameter. */
const BARE = names(`
  ACCESS_LOG_TYPE BYTES_RECEIVED BYTES_RETRANSMITTED BYTES_SENT CONNECTION_ID CONNECTION_TERMINATION_DETAILS CUSTOM_FLAGS
  DOWNSTREAM_CX_RTT DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT
  DOWNSTREAM_DETECTED_CLOSE_TYPE DOWNSTREAM_DIRECT_LOCAL_ADDRESS DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID
  DOWNSTREAM_DIRECT_LOCAL_PORT DOWNSTREAM_DIRECT_REMOTE_ADDRESS DOWNSTREAM_DIRECT_REMOTE_PORT DOWNSTREAM_HANDSHAKE_DURATION
  DOWNSTREAM_HEADER_BYTES_RECEIVED DOWNSTREAM_HEADER_BYTES_SENT DOWNSTREAM_LOCAL_ADDRESS DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID
  DOWNSTREAM_LOCAL_CLOSE_REASON DOWNSTREAM_LOCAL_DNS_SAN DOWNSTREAM_LOCAL_EMAIL_SAN DOWNSTREAM_LOCAL_IP_SAN
  DOWNSTREAM_LOCAL_OTHERNAME_SAN DOWNSTREAM_LOCAL_PORT DOWNSTREAM_LOCAL_SUBJECT DOWNSTREAM_LOCAL_URI_SAN DOWNSTREAM_PEER_CERT
  DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1 DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256 DOWNSTREAM_PEER_CHAIN_SERIALS DOWNSTREAM_PEER_DNS_SAN
  DOWNSTREAM_PEER_EMAIL_SAN DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_FINGERPRINT_256 DOWNSTREAM_PEER_IP_SAN
  DOWNSTREAM_PEER_ISSUER DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER_SERIAL DOWNSTREAM_PEER_OTHERNAME_SAN
  DOWNSTREAM_PEER_SERIAL DOWNSTREAM_PEER_SUBJECT DOWNSTREAM_PEER_URI_SAN DOWNSTREAM_REMOTE_ADDRESS DOWNSTREAM_REMOTE_PORT
  DOWNSTREAM_TLS_CIPHER DOWNSTREAM_TLS_GROUP DOWNSTREAM_TLS_SESSION_ID DOWNSTREAM_TLS_VERSION DOWNSTREAM_TRANSPORT_FAILURE_REASON
  DOWNSTREAM_WIRE_BYTES_RECEIVED DOWNSTREAM_WIRE_BYTES_SENT DURATION FILTER_CHAIN_NAME GRPC_STATUS_NUMBER HOSTNAME LOCAL_REPLY_BODY PROTOCOL
  QUERY_PARAMS REQUESTED_SERVER_NAME REQUEST_DURATION REQUEST_HEADERS_BYTES REQUEST_TX_DURATION RESPONSE_CODE RESPONSE_DURATION
  RESPONSE_FLAGS RESPONSE_FLAGS_LONG RESPONSE_HEADERS_BYTES RESPONSE_TRAILERS_BYTES RESPONSE_TX_DURATION ROUTE_NAME
  ROUTE_RESOLUTION_COUNT ROUTE_RESOLUTION_TIME_US SPAN_ID STREAM_ID TLS_JA3_FINGERPRINT TLS_JA4_FINGERPRINT TRACE_ID UNIQUE_ID
  UPSTREAM_CLUSTER UPSTREAM_CLUSTER_RAW UPSTREAM_CONNECTION_ID UPSTREAM_CONNECTION_IDS_ATTEMPTED
  UPSTREAM_CONNECTION_POOL_READY_DURATION UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT
  UPSTREAM_DETECTED_CLOSE_TYPE UPSTREAM_HEADER_BYTES_RECEIVED UPSTREAM_HEADER_BYTES_SENT UPSTREAM_HOST UPSTREAM_HOSTS_ATTEMPTED
  UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT UPSTREAM_HOST_NAME UPSTREAM_HOST_NAMES_ATTEMPTED UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT
  UPSTREAM_HOST_NAME_WITHOUT_PORT UPSTREAM_LOCAL_ADDRESS UPSTREAM_LOCAL_CLOSE_REASON UPSTREAM_LOCAL_DNS_SAN UPSTREAM_LOCAL_IP_SAN
  UPSTREAM_LOCAL_PORT UPSTREAM_LOCAL_URI_SAN UPSTREAM_PEER_CERT UPSTREAM_PEER_DNS_SAN UPSTREAM_PEER_IP_SAN UPSTREAM_PEER_ISSUER
  UPSTREAM_PEER_SUBJECT UPSTREAM_PEER_URI_SAN UPSTREAM_PROTOCOL UPSTREAM_REMOTE_ADDRESS UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID
  UPSTREAM_REMOTE_PORT UPSTREAM_REQUEST_ATTEMPT_COUNT UPSTREAM_SERVER_NAME UPSTREAM_TLS_CIPHER UPSTREAM_TLS_GROUP
  UPSTREAM_TLS_SESSION_ID UPSTREAM_TLS_VERSION UPSTREAM_TRANSPORT_FAILURE_REASON UPSTREAM_WIRE_BYTES_RECEIVED
  UPSTREAM_WIRE_BYTES_SENT VIRTUAL_CLUSTER_NAME
`);
