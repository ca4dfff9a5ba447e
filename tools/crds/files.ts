import { dump } from 'js-yaml';
import { listResourceDefinitions } from '../../src/config/crd/resource-definition.ts';

const HEADER = '# Generated from the definitions in src/config/kinds by "node tools/crds.ts": change it there.\n';

/** The text of every file in `deploy/crds`, by its name. */
export function createCrdFiles(): ReadonlyMap<string, string> {
  return new Map(
    listResourceDefinitions().map((definition) => {
      const { group, names } = definition.spec;
      return [`${group}_${names.plural}.yaml`, HEADER + dump(definition, { lineWidth: 120, noRefs: true })];
    }),
  );
}
