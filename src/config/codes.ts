import type { Severity } from '../model/issue.ts';

interface CodeMeaning {
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly meaning: string;
}

function error(meaning: string): CodeMeaning {
  return { severity: 'error', meaning };
}

function warning(meaning: string): CodeMeaning {
  return { severity: 'warning', meaning };
}

function notice(meaning: string): CodeMeaning {
  return { severity: 'info', meaning };
}

/**
 * Every code that reading an object can give. Codes are stable: people search for them and alert on them.
 * An error drops the object, whose last good version stays in force; a warning or a notice keeps it.
 */
const MEANINGS = {
  // The text and what it names.
  YAML_SYNTAX: error('The text is not valid YAML or JSON, or too large to be an object.'),
  KIND_UNKNOWN: error('The group and kind name nothing that the mesh knows.'),
  KIND_UNSUPPORTED: warning('The kind belongs to Istio, but nothing here acts on it yet.'),
  KIND_IGNORED: notice('The kind is no input of a mesh, so the object is left alone.'),
  VERSION_UNKNOWN: error('The kind exists, but not in this version of its API.'),
  NAME_INVALID: error('A name is missing or has characters that names cannot have.'),
  NAMESPACE_INVALID: error('A namespace has characters that namespaces cannot have.'),
  LABEL_INVALID: error('The key or value of a label has characters that labels cannot have.'),
  ANNOTATION_RESERVED: error('The annotation is for internal use and cannot be set by users.'),

  // Single fields, whatever their kind.
  FIELD_UNKNOWN: error('The field does not exist there.'),
  FIELD_TYPE: error('The value has the wrong type.'),
  FIELD_MISSING: error('A required field is not written.'),
  FIELD_EXCLUSIVE: error('Of several fields, at most one may be written.'),
  FIELD_DEPRECATED: warning('The field still works, but another one has taken its place.'),
  FIELD_IGNORED: warning('The field has no effect where it is written.'),
  ENUM_UNKNOWN: error('The value is not one of the names that the field takes.'),
  VALUE_RANGE: error('A number, a length or a count is out of range.'),
  DURATION_INVALID: error('The text is no duration, or one that the field does not take.'),
  REGEX_INVALID: error('The expression is not RE2, is empty, or is larger than proxies accept.'),
  REGEX_LARGE: notice('The expression is larger than an Envoy takes whose bootstrap does not raise its limit.'),
  HOST_INVALID: error('The text is no host name, or no host name that the field takes.'),
  ADDRESS_INVALID: error('The text is no IP address, CIDR block or socket path.'),
  HEADER_INVALID: error('The name or value of a header is one that proxies refuse.'),
  EXPORT_TO_INVALID: error('The list of namespaces to export to contradicts itself or names no namespace.'),
} as const satisfies Record<string, CodeMeaning>;

export type IssueCode = keyof typeof MEANINGS;

/** Every code with its severity and meaning; `docs/errors.md` is generated from it. */
export const CODES: Readonly<Record<IssueCode, CodeMeaning>> = MEANINGS;
