import { describe, expect, it } from 'vitest';
import { findFormatFault } from './command-operator.ts';

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
    ['%DURATION:3%', 'gives the operator %DURATION% a parameter or a length, which it does not take'],
  ])('refuses %s', (text, fault) => {
    expect(findFormatFault(text)).toBe(fault);
  });
});
