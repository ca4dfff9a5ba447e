import { parseYaml } from '../../config/read/yaml.ts';
import type { ObjectKey } from '../../model/object.ts';

type Fields = Readonly<Record<string, unknown>>;

const REDACTED = '[redacted]';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** An object as it was written, for people to look at: without key material, and with nothing but its name when its text cannot be read. */
export function readWritten(key: ObjectKey, text: string): Fields {
  const [kind = '', namespace = '', ...rest] = key.split('/');
  const name = rest.join('/');
  const read = parseYaml(text);
  const written = read.kind === 'value' ? findObject(read.value, { kind, namespace, name }) : undefined;
  const own = namespace === '' ? { name } : { name, namespace };
  if (written === undefined) return { kind, metadata: own };
  const { apiVersion, metadata, ...others } = written;
  const object = { apiVersion, kind, metadata: { ...own, ...(isFields(metadata) ? metadata : {}) }, ...others };
  const shown = redact(kind === 'Secret' ? redactSecret(object) : object);
  return isFields(shown) ? shown : {};
}

interface Name {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The object itself, or the one of its name in a list. */
function findObject(value: unknown, wanted: Name): Fields | undefined {
  if (!isFields(value)) return undefined;
  if (value.kind === wanted.kind && isFields(value.metadata)) return value;
  if (!Array.isArray(value.items)) return undefined;
  return value.items.find((item: unknown): item is Fields => isFields(item) && isNamed(item, wanted));
}

function isNamed({ kind, metadata }: Fields, wanted: Name): boolean {
  if (!isFields(metadata) || (kind ?? wanted.kind) !== wanted.kind) return false;
  return metadata.name === wanted.name && (metadata.namespace ?? wanted.namespace) === wanted.namespace;
}

/** Every value of a Secret is one, whatever it is called; its annotation repeats them. */
function redactSecret({ data, stringData, metadata, ...others }: Fields & { readonly metadata: Fields }): Fields {
  const annotations = isFields(metadata.annotations) ? metadata.annotations : undefined;
  return {
    ...others,
    metadata:
      annotations !== undefined && LAST_APPLIED in annotations
        ? { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: REDACTED } }
        : metadata,
    ...(data !== undefined && { data: hideValues(data) }),
    ...(stringData !== undefined && { stringData: hideValues(stringData) }),
  };
}

function hideValues(values: unknown): unknown {
  return isFields(values) ? Object.fromEntries(Object.keys(values).map((name) => [name, REDACTED])) : REDACTED;
}

/** Takes private keys out of whatever holds them: a ConfigMap, an EnvoyFilter's patch, a message that quotes one. */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return PRIVATE_KEY.test(value) ? REDACTED : value;
  if (Array.isArray(value)) return value.map(redact);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      /^private_?key$/i.test(name) && !isReference(inner) ? REDACTED : redact(inner),
    ]),
  );
}

/** Where a key lies is no secret: Gateways name the file. */
function isReference(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('/');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
