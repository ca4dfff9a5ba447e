import { Document, isCollection, visit } from 'yaml';
import type { CompiledCase } from './compiled-case.ts';
import type { GoldenCase } from './golden-case.ts';
import { select } from './select.ts';

/** Collections that fit into so many characters stand in one line: a reviewer reads rows, not ladders. */
const FLOW_WIDTH = 110;

/** The text of `out.yaml`. */
export function printCase({ question }: GoldenCase, compiled: CompiledCase): string {
  const shown = question.show.map((entry) => [entry, select(compiled, entry)]);
  const { notes, issues } = compiled;
  return toText({
    ...Object.fromEntries(shown),
    ...(notes.length > 0 && { notes }),
    ...(issues.length > 0 && { issues }),
  });
}

function toText(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(key, node, path) {
      const isTop = path.length < 2 && key === null;
      if (!isTop && isCollection(node) && JSON.stringify(node.toJSON()).length <= FLOW_WIDTH) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
