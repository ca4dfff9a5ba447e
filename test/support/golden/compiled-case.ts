import { toJson } from '../../../src/gen/codec.ts';
import { MemorySource } from '../../../src/discovery/memory/memory-source.ts';
import type { Issue } from '../../../src/model/issue.ts';
import { toPlace } from '../../../src/model/object.ts';
import { ControlPlane, type ControlPlaneOptions } from '../../../src/server/control-plane.ts';
import { PLANE_OPTIONS } from '../feature/plane-options.ts';
import { messageNameOf, RESOURCE_TYPES, type ResourceType, typeUrlOf } from '../proxy/resource-type.ts';
import { toConnectionRequest } from './asking-proxy.ts';
import type { GoldenCase } from './golden-case.ts';

/** Everything that came of a case, as Envoy would print it. */
export interface CompiledCase {
  readonly resources: Readonly<Record<ResourceType, ReadonlyMap<string, unknown>>>;
  /** What compiling brought to light. */
  readonly notes: readonly string[];
  /** What reading brought to light, with its places. */
  readonly issues: readonly string[];
}

/** What of a case decides what comes of it. */
type CaseQuestion = Partial<Omit<GoldenCase, 'question'>> & {
  readonly files: GoldenCase['files'];
  readonly question: Partial<GoldenCase['question']>;
};

/** Runs a case through a whole control plane, but for the sockets. */
export async function compileCase(
  { files, question }: CaseQuestion,
  options: Partial<ControlPlaneOptions> = {},
): Promise<CompiledCase> {
  const source = new MemorySource();
  source.write(files);
  const plane = new ControlPlane({ ...PLANE_OPTIONS, ...options, sources: [source] });
  await plane.start();
  try {
    const handle = await plane.proxies.connect(toConnectionRequest(question.proxy ?? {}));
    const { layers } = handle.view();
    const collect = (type: ResourceType) => {
      const all = (layers.get(typeUrlOf(type)) ?? []).flatMap((set) => set.all.resources);
      const names = all.map(({ name }) => name).sort();
      const repeated = names.find((name, i) => names[i - 1] === name);
      if (repeated !== undefined) throw new Error(`two layers have the ${type} resource ${repeated}`);
      return new Map(all.map(({ name, bytes }) => [name, toJson(messageNameOf(type), bytes)]));
    };
    const [cds, eds, lds, rds, sds] = RESOURCE_TYPES.map(collect);
    if (!(cds && eds && lds && rds && sds)) throw new Error('a type is missing');
    return {
      resources: { cds, eds, lds, rds, sds },
      notes: plane.views.notes().map(({ code, object, message }) => `${code} ${object}: ${message}`),
      issues: plane.world.listIssues().map(toLine),
    };
  } finally {
    await plane.stop();
  }
}

function toLine({ origin, code, message }: Issue): string {
  return `${origin ? toPlace(origin) : '-'} ${code}: ${message}`;
}
