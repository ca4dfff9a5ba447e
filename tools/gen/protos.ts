/**
 * Generates `src/gen/descriptor.json` and `src/gen/messages.ts` from the `.proto` trees of `roots.ts`.
 *
 * The descriptor is a table of our own, not protobufjs' reflection JSON: it parses in a few milliseconds, and
 * `src/gen/codec.ts` builds the types that a process really uses from it, each on first use.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toDescriptor } from './descriptor.ts';
import { loadProtos } from './load.ts';
import { toTypeScript } from './typescript.ts';

const started = performance.now();
const repository = path.resolve(import.meta.dirname, '../..');
const out = path.join(repository, 'src/gen');

const root = loadProtos(repository);
const descriptor = toDescriptor(root);
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, 'descriptor.json'), JSON.stringify(descriptor));
writeFileSync(path.join(out, 'messages.ts'), toTypeScript(descriptor));

const messages = Object.keys(descriptor.messages).length;
const enums = Object.keys(descriptor.enums).length;
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(`src/gen: ${messages} messages, ${enums} enums in ${seconds} s\n`);
