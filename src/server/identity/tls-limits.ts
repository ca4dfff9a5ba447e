import { createLog } from '../../kit/log.ts';

/** What the TLS ports insist on. */
export interface TlsLimits {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL's names, strongest first; Node's defaults when empty. */
  readonly cipherSuites: readonly string[];
  /** Key exchanges, OpenSSL's names; Node's defaults when empty. */
  readonly curves: readonly string[];
}

/** Options of TLS contexts that hold to it. */
export interface TlsLimitOptions {
  readonly minVersion: TlsLimits['minVersion'];
  readonly maxVersion: TlsLimits['maxVersion'];
  readonly ciphers?: string;
  readonly ecdhCurve?: string;
}

const log = createLog('default');

const APPROVED = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

/** What `COMPLIANCE_POLICY` demands, whatever the flags say. @see istio pkg/model/fips.go */
const POLICIES: Readonly<Record<string, TlsLimits>> = {
  'fips-140-2': { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', cipherSuites: APPROVED, curves: ['P-256'] },
  'fips-140-3': {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', ...APPROVED],
    curves: ['P-256', 'P-384'],
  },
  pqc: {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'],
    curves: ['X25519MLKEM768'],
  },
};

/** The limits that flags and policy make together; what cannot be read is told, and its default holds. */
export function toTlsLimits(
  flags: { readonly 'tls-min-version': string; readonly 'tls-cipher-suites': readonly string[] },
  policy: string | undefined,
): TlsLimits {
  const demanded = policy === undefined ? undefined : POLICIES[policy];
  if (demanded !== undefined) return demanded;
  const version = flags['tls-min-version'];
  if (version !== '1.2' && version !== '1.3')
    log.warn({ event: 'server.flag-invalid' }, `--tls-min-version is "${version}", expected 1.2 or 1.3: 1.2 holds`);
  return {
    minVersion: version === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    cipherSuites: flags['tls-cipher-suites'],
    curves: [],
  };
}

/** Limits as Node's TLS takes them. */
export function toTlsOptions({ minVersion, maxVersion, cipherSuites, curves }: TlsLimits): TlsLimitOptions {
  return {
    minVersion,
    maxVersion,
    ...(cipherSuites.length > 0 && { ciphers: cipherSuites.join(':') }),
    ...(curves.length > 0 && { ecdhCurve: curves.join(':') }),
  };
}
