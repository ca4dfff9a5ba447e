import type { TSchema } from 'typebox';
import type { Kind } from '../../src/config/define-kind.ts';
import { KINDS } from '../../src/config/kinds.ts';
import { MESH_NETWORKS } from '../../src/config/mesh/mesh-networks-spec.ts';
import { MESH_CONFIG } from '../../src/config/mesh/mesh-config-spec.ts';
import { MAX_INT32 } from '../../src/config/schema/fields.ts';
import { findFormat } from '../../src/config/schema/formats.ts';
import { generatedNote, type Page, toTable } from './page.ts';

/** What of a field's schema its documentation says. */
interface Field {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly absent?: string;
  readonly deprecated?: boolean;
  readonly unused?: boolean;
  readonly open?: boolean;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field;
  readonly additionalProperties?: Field | false;
  readonly exclusive?: readonly (readonly string[])[];
}

/** One page for every kind, and one for the mesh configuration. */
export function createKindPages(): readonly Page[] {
  const kinds = Object.values<Kind>(KINDS);
  return [createIndex(kinds), ...kinds.map(createPage), createMeshPage(), createNetworksPage()];
}

function createIndex(kinds: readonly Kind[]): Page {
  const rows = kinds.map((kind) => [
    `[${kind.kind}](${fileOf(kind.kind)})`,
    apiVersionOf(kind),
    kind.scope,
    kind.affects.join(', '),
  ]);
  const text = `${generatedNote}
# Kinds

Objects that the control plane reads, from a directory of YAML or an API server. A field that does not exist is an error in Istio's kinds and let through in
Kubernetes'.

${toTable(['kind', 'apiVersion', 'scope', 'a change of one compiles'], rows)}

[MeshConfig](mesh-config.md) is the key \`mesh\` of ConfigMap \`istio\` in the root namespace, or the file that \`--meshConfig\` names.
[MeshNetworks](mesh-networks.md) is the key \`meshNetworks\` of the same ConfigMap, or the file that \`--networksConfig\` names.
`;
  return { path: 'docs/kinds/README.md', text };
}

function createPage(kind: Kind): Page {
  const schema: Field = kind.resource?.spec ?? kind.schema;
  const names = kind.resource?.shortNames ?? [];
  const short = names.length === 0 ? '' : ` Short name: \`${names.join('`, `')}\`.`;
  const intro = `\`apiVersion: ${apiVersionOf(kind)}\`, ${kind.scope}.${short}`;
  return toPage(kind.kind, intro, schema, kind.resource ? 'spec' : '');
}

function createMeshPage(): Page {
  const schema: TSchema = MESH_CONFIG;
  return toPage(
    'MeshConfig',
    'No object of its own: the key `mesh` of ConfigMap `istio`, or the file that `--meshConfig` names.',
    schema,
    '',
  );
}

function createNetworksPage(): Page {
  const schema: TSchema = MESH_NETWORKS;
  return toPage(
    'MeshNetworks',
    'No object of its own: the key `meshNetworks` of ConfigMap `istio`, or the file that `--networksConfig` names.',
    schema,
    '',
  );
}

function toPage(name: string, intro: string, schema: Field, root: string): Page {
  const sections = listSections(schema, root);
  const parts = sections.map(({ title, field }) => toSection(title, field, sections));
  return {
    path: `docs/kinds/${fileOf(name)}`,
    text: `${generatedNote}\n# ${name}\n\n${intro}\n\n${parts.join('\n\n')}\n`,
  };
}

interface Section {
  readonly title: string;
  readonly field: Field;
  readonly content: string;
}

/** Every object of the schema once, by where it is met first; blocks that come again are the same section. */
function listSections(schema: Field, root: string): readonly Section[] {
  const sections: Section[] = [];
  const pending = [{ title: root, field: schema }];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { title, field } = next;
    const content = JSON.stringify(field.properties);
    if (field.properties === undefined || sections.some((section) => section.content === content)) continue;
    sections.push({ title, field, content });
    for (const [name, child] of Object.entries(field.properties)) {
      const { field: inner, suffix } = unwrap(child);
      pending.push({ title: `${title === '' ? name : `${title}.${name}`}${suffix}`, field: inner });
    }
  }
  return sections;
}

/** The field behind lists and maps, and how its path goes on. */
function unwrap(field: Field): { readonly field: Field; readonly suffix: string } {
  const inner = field.items ?? (field.additionalProperties || undefined);
  if (inner === undefined) return { field, suffix: '' };
  const { field: deepest, suffix } = unwrap(inner);
  return { field: deepest, suffix: `${field.items ? '[]' : '.*'}${suffix}` };
}

function toSection(title: string, field: Field, sections: readonly Section[]): string {
  const rows = Object.entries(field.properties ?? {}).map(([name, child]) => [
    `\`${name}\``,
    toType(child, sections),
    field.required?.includes(name) ? 'required' : (child.absent ?? ''),
    toEffect(child),
  ]);
  const exclusive = (field.exclusive ?? [])
    .map((names) => `\nAt most one of ${names.map((name) => `\`${name}\``).join(', ')}.\n`)
    .join('');
  const heading = title === '' ? '' : `## ${title}\n\n`;
  const table = rows.length === 0 ? 'No fields of its own.' : toTable(['field', 'type', 'default', 'effect'], rows);
  return `${heading}${field.description ?? ''}\n${exclusive}\n${table}`;
}

function toEffect({ description = '', deprecated, unused }: Field): string {
  return `${deprecated ? '*Deprecated.* ' : ''}${description}${unused ? ' *Nothing acts on it yet.*' : ''}`;
}

function toType(field: Field, sections: readonly Section[]): string {
  if (field.items) return `list: ${toType(field.items, sections)}`;
  if (field.additionalProperties) return `map: ${toType(field.additionalProperties, sections)}`;
  if (field.enum) return field.enum.map((name) => `\`${name}\``).join(', ');
  if (field.properties) {
    const content = JSON.stringify(field.properties);
    const title = sections.find((section) => section.content === content)?.title ?? '';
    return title === '' ? 'object' : `[object](#${title.toLowerCase().replace(/[^a-z0-9_-]/g, '')})`;
  }
  if (field.format) return findFormat(field.format)?.expected ?? field.format;
  return `${TYPES[String(field.type)] ?? 'number or text'}${toRange(field)}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
};

function toRange({ minimum, maximum: limit }: Field): string {
  const maximum = limit === MAX_INT32 ? undefined : limit;
  if (minimum === undefined) return maximum === undefined ? '' : `, at most ${maximum}`;
  return maximum === undefined ? `, at least ${minimum}` : `, ${minimum} to ${maximum}`;
}

function apiVersionOf({ group, versions }: Kind): string {
  return group === '' ? versions[0] : `${group}/${versions.join('|')}`;
}

function fileOf(kind: string): string {
  return `${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.md`;
}
