import { type Route, route } from '../declare/route.ts';
import type { Answer } from '../simulation/answer.ts';

/** A rule, a request, and what becomes of it. */
export interface RewritingCase {
  readonly what: string;
  readonly rule: Route;
  readonly path: string;
  readonly answer: Pick<Answer, 'redirect' | 'path' | 'host'>;
}

/** What redirects and rewrites mean for requests to `authority` (`host:port`), served by `host`. */
export function listRewritingCases(authority: string): readonly RewritingCase[] {
  const host = authority.replace(/:\d+$/, '');
  const redirect = (status: number, location: string) => ({ redirect: { status, location } });
  const to = (rule: Route) => rule.to(host);
  return [
    {
      what: 'redirects to another path, with the query',
      rule: route().redirect({ uri: '/new' }),
      path: '/old?q=1',
      answer: redirect(301, `http://${authority}/new?q=1`),
    },
    {
      what: 'redirects to a path with a query of its own',
      rule: route().redirect({ uri: '/new?a=b' }),
      path: '/old?q=1',
      answer: redirect(301, `http://${authority}/new?a=b`),
    },
    {
      what: 'redirects to another host, where the port was not meant',
      rule: route().redirect({ authority: 'other.example.com', redirectCode: 302 }),
      path: '/a',
      answer: redirect(302, 'http://other.example.com/a'),
    },
    {
      what: 'redirects to HTTPS on a port',
      rule: route().redirect({ scheme: 'https', port: 8443, redirectCode: 307 }),
      path: '/a',
      answer: redirect(307, `https://${host}:8443/a`),
    },
    {
      what: 'redirects to HTTPS, where a port that is not the usual one stays',
      rule: route().redirect({ scheme: 'https', redirectCode: 308 }),
      path: '/a?q',
      answer: redirect(308, `https://${authority}/a?q`),
    },
    {
      what: 'rewrites the prefix that matched',
      rule: to(
        route()
          .when({ uri: { prefix: '/old' } })
          .rewrite({ uri: '/new' }),
      ),
      path: '/old/1?q=1',
      answer: { path: '/new/1?q=1' },
    },
    {
      what: 'rewrites a prefix with a slash at one end only',
      rule: to(
        route()
          .when({ uri: { prefix: '/old' } })
          .rewrite({ uri: '/' }),
      ),
      path: '/old/1',
      answer: { path: '//1' },
    },
    {
      what: 'rewrites a whole path',
      rule: to(
        route()
          .when({ uri: { exact: '/old' } })
          .rewrite({ uri: '/new' }),
      ),
      path: '/old',
      answer: { path: '/new' },
    },
    {
      what: 'rewrites all of a path that an expression matched',
      rule: to(
        route()
          .when({ uri: { regex: '/old/.*' } })
          .rewrite({ uri: '/new' }),
      ),
      path: '/old/1?q',
      answer: { path: '/new?q' },
    },
    {
      what: 'rewrites what an expression finds',
      rule: to(route().rewrite({ uriRegexRewrite: { match: '^/([^/]+)/(.*)$', rewrite: '/\\2/\\1' } })),
      path: '/a/b',
      answer: { path: '/b/a' },
    },
    {
      what: 'rewrites the authority',
      rule: to(route().rewrite({ authority: 'v2.example.com' })),
      path: '/',
      answer: { host: 'v2.example.com' },
    },
  ];
}
