import { type CheckInput, defineInput } from '../define-kind.ts';
import { findBundleFault, findPairFaults, findRevocationFault } from '../parts/certificate.ts';
import type { Pointer } from '../pointer.ts';
import { loose, mapOf, text } from '../schema/fields.ts';

/** Names under which Istio looks for a certificate and its key, in its order. */
const PAIRS = [
  { certificate: 'cert', key: 'key' },
  { certificate: 'tls.crt', key: 'tls.key' },
] as const;

/** Kubernetes' Secret. */
export const secret = defineInput({
  group: '',
  kind: 'Secret',
  plural: 'secrets',
  versions: ['v1'],
  scope: 'namespaced',
  affects: ['secret'],
  fields: loose('Certificates and keys.', {
    type: text('What the secret is for.', { absent: 'Opaque' }),
    data: mapOf('Values in base64, by name.', text('Value in base64.', { format: 'base64-lines', secret: true })),
    stringData: mapOf('Values as plain text, by name; they win over `data`.', text('Value.', { secret: true })),
  }),
  check({ type = 'Opaque', data = {}, stringData = {} }, at, input) {
    const values = { ...decode(data), ...stringData };
    const placeOf = (name: string) => at.to(Object.hasOwn(stringData, name) ? 'stringData' : 'data').to(name);
    checkPairs(values, type === 'kubernetes.io/tls', placeOf, input);
    for (const name of ['cacert', 'ca.crt']) {
      const fault = values[name] && findBundleFault(values[name]);
      if (fault) input.report.add('CERT_INVALID', placeOf(name), `${name} ${fault}`);
    }
    for (const name of ['crl', 'ca.crl']) {
      const fault = values[name] && findRevocationFault(values[name]);
      if (fault) input.report.add('CERT_INVALID', placeOf(name), `${name} ${fault}`);
    }
  },
  parse: ({ type = 'Opaque', data = {}, stringData = {} }, { meta }) => ({
    meta,
    type,
    data: { ...decode(data), ...stringData },
  }),
});

type Values = Readonly<Record<string, string>>;

/** @param isTls The secret says that it holds `tls.crt` and `tls.key`. */
function checkPairs(
  values: Values,
  isTls: boolean,
  placeOf: (name: string) => Pointer,
  { report, context }: CheckInput,
): void {
  for (const { certificate, key } of PAIRS) {
    const [chain = '', keyText = ''] = [values[certificate], values[key]];
    const isExpected = isTls && certificate === 'tls.crt';
    if (chain === '' || keyText === '') {
      const missing = chain === '' ? certificate : key;
      if (isExpected)
        report.add(
          'CERT_INVALID',
          placeOf(missing),
          `${missing} is missing or empty, but a secret of type kubernetes.io/tls holds tls.crt and tls.key`,
        );
      continue;
    }
    for (const { about, kind, fault } of findPairFaults(chain, keyText, context.nowMs)) {
      const name = about === 'key' ? key : certificate;
      report.add(kind === 'outdated' ? 'CERT_OUTDATED' : 'CERT_INVALID', placeOf(name), `${name} ${fault}`);
    }
  }
}

function decode(data: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
