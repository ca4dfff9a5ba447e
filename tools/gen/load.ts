import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import protobuf from 'protobufjs';
import { addNewerFields } from './newer-fields.ts';
import { excludedRoots, protoTrees, type ProtoTree, wellKnownRoots } from './roots.ts';

/** Files of protobufjs that it registers only on request, in the order in which they need each other. */
const bundledOnRequest = ['descriptor', 'source_context', 'type', 'api'];

/**
 * Reads and resolves every root file and what it imports.
 *
 * @throws Error that names the import, when a file is in none of the trees.
 */
export function loadProtos(repository: string): protobuf.Root {
  registerBundled();
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => resolveImport(repository, origin, target);
  const files = protoTrees.flatMap((tree) => listRoots(repository, tree));
  root.loadSync([...wellKnownRoots, ...files], { keepCase: true, alternateCommentMode: false });
  addNewerFields(root);
  root.resolveAll();
  return root;
}

function listRoots(repository: string, tree: ProtoTree): readonly string[] {
  const found = globSync([...tree.roots], { cwd: path.join(repository, tree.directory) }).sort();
  return found.filter((file) => !excludedRoots.includes(file));
}

function registerBundled(): void {
  const require = createRequire(import.meta.url);
  for (const name of bundledOnRequest) {
    const json: BundledFile = JSON.parse(
      readFileSync(require.resolve(`protobufjs/google/protobuf/${name}.json`), 'utf8'),
    );
    protobuf.common(name, json.nested.google.nested.protobuf.nested);
  }
}

interface BundledFile {
  readonly nested: {
    readonly google: {
      readonly nested: { readonly protobuf: { readonly nested: protobuf.INamespace['nested'] & object } };
    };
  };
}

function resolveImport(repository: string, origin: string, target: string): string {
  if (target.startsWith('google/protobuf/')) return target;
  for (const { directory } of protoTrees) {
    const file = path.join(repository, directory, target);
    if (existsSync(file)) return file;
  }
  throw new Error(`${target}, imported by ${origin || 'tools/gen/roots.ts'}, is in none of the proto trees`);
}
