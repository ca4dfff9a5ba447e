/**
 * Formats that a regular expression can say, for readers of a schema that know no formats of ours: API servers.
 * What a pattern lets through, the control plane still checks in full.
 */
export const PATTERNS: Readonly<Record<string, string>> = {
  duration:
    '^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*$',
  'socket-duration':
    '^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*$',
  'duration-or-zero': '^(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$',
  'label-value': '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$',
  'dns-label': '^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$',
  'dns-label-or-empty': '^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$',
  'header-name': "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$",
  base64: '^[A-Za-z0-9+/]*={0,2}$',
};
