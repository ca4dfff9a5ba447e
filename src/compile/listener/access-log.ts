import type {
  envoy_config_accesslog_v3_AccessLog,
  envoy_config_accesslog_v3_AccessLogFilter,
  envoy_config_core_v3_SubstitutionFormatString,
} from '../../gen/messages.ts';
import type { AccessLog } from '../../model/mesh-config.ts';
import { type Extension, toExtension } from '../extension.ts';
import { type PlainObject, structOf } from '../struct.ts';

type Logs = readonly envoy_config_accesslog_v3_AccessLog[];

/** What is logged of a request or connection, in the order in which people's log parsers expect it. */
const TEXT_FORMAT = `${[
  '[%START_TIME%]',
  '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"',
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%',
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%"',
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%"',
  '"%UPSTREAM_HOST%"',
  '%UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%',
  '%REQUESTED_SERVER_NAME% %ROUTE_NAME%',
].join(' ')}\n`;

const JSON_FORMAT: PlainObject = {
  start_time: '%START_TIME%',
  route_name: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
};

/** "No filter chain": the only fact that no request or connection log tells, because there is none. */
const NO_ROUTE: envoy_config_accesslog_v3_AccessLogFilter = { response_flag_filter: { flags: ['NR'] } };

/** The access logs of connection managers and TCP proxies; none when the mesh logs nowhere. */
export function compileAccessLogs(log: AccessLog): Logs {
  return log.file === '' ? [] : [toLog(log)];
}

/** The access logs of a listener itself: connections that no filter chain took. */
export function compileListenerAccessLogs(log: AccessLog): Logs {
  return log.file === '' ? [] : [{ ...toLog(log), filter: NO_ROUTE }];
}

/**
 * Standard output by its own name, not as a file: where it is a socket, as under systemd, it cannot be opened by path, and Envoy refuses every
 * listener over that.
 */
function toLog({ file, encoding, format }: AccessLog): Extension {
  const log_format = encoding === 'JSON' ? toJsonFormat(format) : toTextFormat(format);
  switch (file) {
    case '/dev/stdout':
      return toExtension('envoy.access_loggers.stdout', `${STREAM}.StdoutAccessLog`, { log_format });
    case '/dev/stderr':
      return toExtension('envoy.access_loggers.stderr', `${STREAM}.StderrAccessLog`, { log_format });
    default:
      return toExtension('envoy.access_loggers.file', FILE, { path: file, log_format });
  }
}

const FILE = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';
const STREAM = 'envoy.extensions.access_loggers.stream.v3';

function toTextFormat(format: string): envoy_config_core_v3_SubstitutionFormatString {
  const text = format === '' ? TEXT_FORMAT : format.endsWith('\n') ? format : `${format}\n`;
  return { text_format_source: { inline_string: text }, ...formattersOf([text]) };
}

function toJsonFormat(format: string): envoy_config_core_v3_SubstitutionFormatString {
  const fields = parseJsonFormat(format) ?? JSON_FORMAT;
  return { json_format: structOf(fields), json_format_options: {}, ...formattersOf(Object.values(fields)) };
}

/** A format that is no JSON object is as good as none: logs in the default form beat no logs. */
function parseJsonFormat(format: string): PlainObject | undefined {
  if (format === '') return undefined;
  try {
    const parsed: PlainObject | null = JSON.parse(format);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Commands that are extensions of their own must be named, or Envoy refuses the format. */
function formattersOf(values: readonly unknown[]): { formatters?: readonly Extension[] } {
  if (!JSON.stringify(values).includes('%REQ_WITHOUT_QUERY')) return {};
  const type = 'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery';
  return { formatters: [toExtension('envoy.formatter.req_without_query', type, {})] };
}
