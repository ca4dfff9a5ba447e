import { caFault } from './fault.ts';
import type { MaterialTexts } from './material.ts';

/** Files of a directory, or keys of a Secret, by name. */
export type NamedTexts = Readonly<Record<string, string>>;

/** Istio's names, of its own files and of a `kubernetes.io/tls` Secret. @see istio security/pkg/pki/ca/ca.go */
export const FILE = {
  certificate: 'ca-cert.pem',
  key: 'ca-key.pem',
  chain: 'cert-chain.pem',
  root: 'root-cert.pem',
  crl: 'ca-crl.pem',
  tlsCertificate: 'tls.crt',
  tlsKey: 'tls.key',
  tlsRoot: 'ca.crt',
  /** Marks a set of these files that is a root of Istio's own making: nobody plugged it in. */
  generated: 'istio-generated',
} as const;

/**
 * Finds plugged-in material among files; undefined when there is none of it.
 *
 * `tls.crt` decides for the form of cert-manager. Of either form all files must be there: falling back to a root of
 * our own when one is missing would split the mesh in two.
 * @throws Fault `CA_MATERIAL_INVALID` that names what is missing.
 * @see istio pilot/pkg/bootstrap/istio_ca.go `detectSigningCABundle`
 */
export function findPluggedTexts(files: NamedTexts): MaterialTexts | undefined {
  if (hasText(files, FILE.tlsCertificate)) {
    const [certificate, key, root] = requireAll(files, [FILE.tlsCertificate, FILE.tlsKey, FILE.tlsRoot]);
    return { certificate, key, chain: certificate, root, ...crlOf(files) };
  }
  const names = [FILE.certificate, FILE.key, FILE.chain, FILE.root] as const;
  // A root alone adds to what is trusted while a mesh moves from one authority to another.
  if (![FILE.certificate, FILE.key, FILE.chain].some((name) => hasText(files, name))) return undefined;
  const [certificate, key, chain, root] = requireAll(files, names);
  return { certificate, key, chain, root, ...crlOf(files) };
}

/**
 * Finds self-signed material, as it lies in `istio-ca-secret`; undefined when there is none of it.
 * @throws Fault `CA_MATERIAL_INVALID` when half of it is there.
 */
export function findSelfSignedTexts(files: NamedTexts): MaterialTexts | undefined {
  if (!hasText(files, FILE.certificate) && !hasText(files, FILE.key)) return undefined;
  const [certificate, key] = requireAll(files, [FILE.certificate, FILE.key]);
  return { certificate, key, chain: '', root: certificate };
}

function crlOf(files: NamedTexts): { readonly crl?: string } {
  const crl = files[FILE.crl];
  return crl === undefined ? {} : { crl };
}

function hasText(files: NamedTexts, name: string): boolean {
  return (files[name] ?? '').trim() !== '';
}

function requireAll<const Names extends readonly string[]>(
  files: NamedTexts,
  names: Names,
): { readonly [At in keyof Names]: string } {
  const missing = names.filter((name) => !hasText(files, name));
  if (missing.length > 0)
    throw caFault('CA_MATERIAL_INVALID', `the set is incomplete: ${missing.join(', ')} missing or empty`);
  return Object.freeze(mapEach(names, (name) => files[name] ?? ''));
}

function mapEach<const Names extends readonly string[]>(
  names: Names,
  toText: (name: string) => string,
): { readonly [At in keyof Names]: string };
function mapEach(names: readonly string[], toText: (name: string) => string): readonly string[] {
  return names.map(toText);
}
