import { describe, expect, it } from 'vitest';
import { toJson } from '../../gen/codec.ts';
import type { AccessLog } from '../../model/mesh-config.ts';
import { compileAccessLogs, compileListenerAccessLogs } from './access-log.ts';

const TYPE = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';

function formatOf(log: Partial<AccessLog>): unknown {
  const [first] = compileAccessLogs({ file: '/var/log/access', encoding: 'TEXT', format: '', ...log });
  const json = toJson(TYPE, first?.typed_config?.value ?? new Uint8Array());
  return typeof json === 'object' && json !== null && 'log_format' in json ? json.log_format : undefined;
}

describe('compileAccessLogs', () => {
  it('logs nothing where the mesh logs nowhere', () => {
    const log: AccessLog = { file: '', encoding: 'TEXT', format: '' };
    expect([compileAccessLogs(log), compileListenerAccessLogs(log)]).toEqual([[], []]);
  });

  it.each([
    { file: '/dev/stdout', name: 'envoy.access_loggers.stdout', type: 'stream.v3.StdoutAccessLog' },
    { file: '/dev/stderr', name: 'envoy.access_loggers.stderr', type: 'stream.v3.StderrAccessLog' },
    { file: '/var/log/access', name: 'envoy.access_loggers.file', type: 'file.v3.FileAccessLog' },
  ])('writes to $file with $name, which it can open whatever it is', ({ file, name, type }) => {
    const [log] = compileAccessLogs({ file, encoding: 'TEXT', format: '' });
    expect(log).toMatchObject({
      name,
      typed_config: { type_url: `type.googleapis.com/envoy.extensions.access_loggers.${type}` },
    });
  });

  it('writes Istio’s line unless told otherwise', () => {
    expect(formatOf({})).toEqual({
      text_format_source: {
        inline_string:
          '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
          '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% ' +
          '%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ' +
          '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% ' +
          '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n',
      },
    });
  });

  it.each([
    { when: 'it ends without a line', format: '%PROTOCOL%', text: '%PROTOCOL%\n' },
    { when: 'it ends with one', format: '%PROTOCOL%\n', text: '%PROTOCOL%\n' },
  ])('ends a line of one’s own once when $when', ({ format, text }) => {
    expect(formatOf({ format })).toEqual({ text_format_source: { inline_string: text } });
  });

  it('writes JSON in the order of its keys', () => {
    expect(formatOf({ encoding: 'JSON', format: '{"z":"%PROTOCOL%","a":{"b":1}}' })).toEqual({
      json_format: { z: '%PROTOCOL%', a: { b: 1 } },
      json_format_options: {},
    });
  });

  it.each(['', '{"broken', '[1]', 'null'])('writes Istio’s JSON for %j', (format) => {
    expect(formatOf({ encoding: 'JSON', format })).toMatchObject({
      json_format: { start_time: '%START_TIME%', upstream_cluster: '%UPSTREAM_CLUSTER_RAW%' },
    });
  });

  it.each([
    { encoding: 'TEXT' as const, format: '%REQ_WITHOUT_QUERY(:PATH)%' },
    { encoding: 'JSON' as const, format: '{"path":"%REQ_WITHOUT_QUERY(:PATH)%"}' },
  ])('names the formatter of paths without query in $encoding', ({ encoding, format }) => {
    const type = 'type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery';
    expect(formatOf({ encoding, format })).toMatchObject({
      formatters: [{ name: 'envoy.formatter.req_without_query', typed_config: { '@type': type } }],
    });
  });
});
