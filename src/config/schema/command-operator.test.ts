import { describe, expect, it } from 'vitest';
import { findFormatFault, findLogFormatFault } from './command-operator.ts';

describe('findFormatFault', () => {
  it.each([
    'plain',
    '100%%',
    '%HOSTNAME%:%PROTOCOL%',
    '%%%REQ(x)%',
    '%REQ(x?y):10%',
    '%REQ(:AUTHORITY)%',
    '%START_TIME(%Y/%m/%dT%H:%M:%S%z)%',
    '%START_TIME%',
    '%PATH(WQ:ORIG)%',
    '%DYNAMIC_METADATA(a:b:c):10%',
    '%CEL(request.headers["x"].startsWith("a"))%',
    '%CEL("[" + \'[\')%',
    '%FILTER_STATE(a)% %FILTER_STATE(a:PLAIN)% %FILTER_STATE(a:FIELD:b)%',
    '%COMMON_DURATION(DS_RX_BEG:US_TX_BEG)% %COMMON_DURATION(a:b:us)%',
    '%PATH% %PATH(NQ)% %PATH(:ORIG)%',
    '%GRPC_STATUS% %GRPC_STATUS(NUMBER)% %GRPC_STATUS_NUMBER%',
    '%METADATA(ROUTE:a)%',
  ])('takes %s', (text) => {
    expect(findFormatFault(text)).toBeUndefined();
  });

  const stray = 'has a "%" that begins no operator such as %REQ(x-id)%; write "%%" for the character itself';
  it.each([
    ['abc%def', stray],
    ['%RESPONSE_CODE%%', stray],
    ['% REQ(x)%', stray],
    ['%req(x)%', stray],
    ['%REQ(x)', stray],
    ['%ENVIRONMENT(X):Z%', stray],
    ['%FOO%', 'uses the operator %FOO%, which proxies do not know'],
    ['%REQ%', 'uses the operator %REQ% without its parameter, as in %REQ(x)%'],
    ['%REQ()%', 'uses the operator %REQ% without its parameter, as in %REQ(x)%'],
    ['%REQ(x?y?z)%', 'asks the operator %REQ% for "x?y?z", expected the name of a header, or two with "?" between'],
    [
      '%FILTER_STATE(a:BAD)%',
      'asks the operator %FILTER_STATE% for "a:BAD", expected key, key:PLAIN, key:TYPED or key:FIELD:name',
    ],
    [
      '%UPSTREAM_FILTER_STATE(a:FIELD)%',
      'asks the operator %UPSTREAM_FILTER_STATE% for "a:FIELD", expected key, key:PLAIN, key:TYPED or key:FIELD:name',
    ],
    [
      '%COMMON_DURATION(a)%',
      'asks the operator %COMMON_DURATION% for "a", expected start:end or start:end:unit, with the unit ms, us or ns',
    ],
    [
      '%PATH(x:y)%',
      'asks the operator %PATH% for "x:y", expected WQ or NQ, perhaps with :ORIG, :PATH or :ORIG_OR_PATH',
    ],
    ['%GRPC_STATUS(x)%', 'asks the operator %GRPC_STATUS% for "x", expected CAMEL_STRING, SNAKE_STRING or NUMBER'],
    [
      '%GRPC_STATUS_NUMBER(x)%',
      'gives the operator %GRPC_STATUS_NUMBER% a parameter or a length, which it does not take',
    ],
    ['%CEL(a[)%', 'asks the operator %CEL% for "a[", expected an expression whose brackets and quotes are closed'],
    ['%CEL("a)%', 'asks the operator %CEL% for ""a", expected an expression whose brackets and quotes are closed'],
    [
      '%METADATA(x)%',
      'asks the operator %METADATA% for "x", expected type:namespace, with a type such as ROUTE or CLUSTER',
    ],
    ['%REQ_WITHOUT_QUERY(x)%', 'uses the operator %REQ_WITHOUT_QUERY%, which proxies do not know'],
    ['%DURATION:3%', 'gives the operator %DURATION% a parameter or a length, which it does not take'],
  ])('refuses %s', (text, fault) => {
    expect(findFormatFault(text)).toBe(fault);
  });
});

describe('findLogFormatFault', () => {
  it.each([
    ['%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH):10%', undefined],
    [
      '%REQ_WITHOUT_QUERY%',
      'uses the operator %REQ_WITHOUT_QUERY% without its parameter, as in %REQ_WITHOUT_QUERY(x)%',
    ],
    ['%NOPE%', 'uses the operator %NOPE%, which proxies do not know'],
  ])('of %s is %s', (text, fault) => {
    expect(findLogFormatFault(text)).toBe(fault);
  });
});
