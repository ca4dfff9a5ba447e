import { describe, expect, it } from 'vitest';
import type { Redirect } from '../../model/virtual-service.ts';
import { compileDirectResponse, compileRedirect } from './redirect.ts';

const redirect = (rest: Partial<Redirect>): Redirect => ({ code: 301, ...rest });
const fromRequest = { kind: 'from-request' } as const;

describe('compileRedirect', () => {
  it.each([
    { when: 'nothing changes', given: redirect({}), port: 80, tls: false, expected: { path_redirect: '' } },
    {
      when: 'a prefix is replaced',
      given: redirect({ prefixRewrite: '/new' }),
      port: 80,
      tls: false,
      expected: { prefix_rewrite: '/new' },
    },
    {
      when: "the port is the request's, which the scheme does not imply",
      given: redirect({ uri: '/x', scheme: 'https', code: 302, port: fromRequest }),
      port: 80,
      tls: false,
      expected: { path_redirect: '/x', scheme_redirect: 'https', port_redirect: 80, response_code: 'FOUND' },
    },
    {
      when: "the port is the request's, which http implies",
      given: redirect({ uri: '/y', code: 308, port: fromRequest }),
      port: 80,
      tls: false,
      expected: { path_redirect: '/y', response_code: 'PERMANENT_REDIRECT' },
    },
    {
      when: 'the listener terminates TLS',
      given: redirect({ code: 307, port: fromRequest }),
      port: 443,
      tls: true,
      expected: { path_redirect: '', response_code: 'TEMPORARY_REDIRECT' },
    },
    {
      when: 'the port is written and implied',
      given: redirect({ authority: 'z', scheme: 'https', port: { kind: 'number', port: 443 } }),
      port: 80,
      tls: false,
      expected: { host_redirect: 'z', path_redirect: '', scheme_redirect: 'https' },
    },
    {
      when: "the port is the protocol's",
      given: redirect({ code: 303, port: { kind: 'from-protocol' } }),
      port: 8080,
      tls: false,
      expected: { path_redirect: '', response_code: 'SEE_OTHER' },
    },
    {
      when: 'the port is written',
      given: redirect({ port: { kind: 'number', port: 8443 } }),
      port: 80,
      tls: false,
      expected: { path_redirect: '', port_redirect: 8443 },
    },
  ] as const)('when $when', ({ given, port, tls, expected }) => {
    expect(compileRedirect(given, { listenPort: port, tls })).toEqual(expected);
  });
});

describe('compileDirectResponse', () => {
  it.each([
    { body: undefined, expected: { status: 418 } },
    { body: { kind: 'text', text: 'tea' } as const, expected: { status: 418, body: { inline_string: 'tea' } } },
    {
      body: { kind: 'bytes', base64: 'AAE=' } as const,
      expected: { status: 418, body: { inline_bytes: Buffer.from([0, 1]) } },
    },
  ])('answers with the body $body', ({ body, expected }) => {
    expect(compileDirectResponse({ status: 418, ...(body && { body }) })).toEqual(expected);
  });
});
