import { DEFAULT_CONTEXT, type ParseContext } from '../../src/config/context.ts';
import { parseObject } from '../../src/config/parse-object.ts';
import type { ParsedObject } from '../../src/config/parsed-object.ts';
import { readDocuments } from '../../src/config/read/read-documents.ts';
import type { Issue } from '../../src/model/issue.ts';

/** The issues of every document of a text, each as `line:column severity CODE message`. */
export function readIssues(yaml: string, context: ParseContext = DEFAULT_CONTEXT): readonly string[] {
  return readDocuments(yaml, 'test.yaml').flatMap((document) =>
    parseObject(document, context).issues.map((issue) => toLine(issue)),
  );
}

/** The issues of an Istio object whose spec is `spec`; line 1 is the first line of the spec. */
export function readSpecIssues(kind: string, spec: string, context: ParseContext = DEFAULT_CONTEXT): readonly string[] {
  const indented = spec
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  const head = `apiVersion: networking.istio.io/v1\nkind: ${kind}\nmetadata: {name: x, namespace: own}\nspec:\n`;
  const [document] = readDocuments(head + indented, 'test.yaml');
  if (document === undefined) throw new Error('the text holds no document');
  return parseObject(document, context).issues.map((issue) => toLine(issue, 4, 2));
}

/** An issue in one line, its place moved back by so many lines and columns. */
export function toLine({ origin, severity, code, message }: Issue, lines = 0, columns = 0): string {
  const place = origin?.kind === 'file' ? `${origin.line - lines}:${Math.max(1, origin.column - columns)}` : 'nowhere';
  return `${place} ${severity} ${code} ${message}`;
}

/** The value of the one object in a text, whose origin is `test.yaml:1:1`; throws the issues of an object that has errors. */
export function readValue(yaml: string, context: ParseContext = DEFAULT_CONTEXT): ParsedObject['value'] {
  const [document] = readDocuments(yaml.trimStart(), 'test.yaml');
  if (document === undefined) throw new Error('the text holds no document');
  const { object, issues } = parseObject(document, context);
  if (object === undefined) throw new Error(issues.map((issue) => toLine(issue)).join('\n'));
  return object.value;
}
