import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { isJsonList, isJsonObject, type Json, type JsonObject, listAt, objectAt } from '../../../src/injector/json.ts';
import { injected, injectInto, type Surroundings } from '../../support/injection/injected-pod.ts';

const ROOT = import.meta.dirname;
const UPDATE = process.env.UPDATE_GOLDEN === '1';
/** A longer output is approved unread. */
const MAX_LINES = 120;
const names = globSync('*/in.yaml', { cwd: ROOT }).map((path) => path.slice(0, -'/in.yaml'.length));

describe('injected pods', () => {
  it.each(names.sort())('%s', (name) => {
    const { why, show, setting, pod } = readCase(`${ROOT}/${name}/in.yaml`);
    const result = injected(pod, setting);
    const shown = Object.fromEntries(show.map((path) => [path, select(result, path.split('/'))]));
    const text = `${why}\n${stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false })}`;
    const out = `${ROOT}/${name}/out.yaml`;
    if (UPDATE) writeFileSync(out, text);
    expect(text.split('\n').length, 'lines of out.yaml').toBeLessThanOrEqual(MAX_LINES);
    expect(existsSync(out), 'out.yaml is there: UPDATE_GOLDEN=1 writes it').toBe(true);
    expect(text).toBe(readFileSync(out, 'utf8'));
    expect(injectInto(result, setting), 'injected again').toMatchObject({ patch: [] });
  });

  it('has no output without an input', () => {
    const outputs = globSync('*/out.yaml', { cwd: ROOT }).map((path) => path.slice(0, -'/out.yaml'.length));
    expect(outputs.filter((name) => !names.includes(name))).toEqual([]);
  });
});

interface InjectionCase {
  readonly why: string;
  /** Paths into the injected pod, elements of lists by name. */
  readonly show: readonly string[];
  readonly setting: Surroundings;
  readonly pod: JsonObject;
}

function readCase(file: string): InjectionCase {
  const text = readFileSync(file, 'utf8');
  const [question, pod] = parseAllDocuments(text).map((document): Json => document.toJS());
  if (!isJsonObject(question) || !isJsonObject(pod)) throw new Error(`${file}: a question and a pod are wanted`);
  const { show, ...setting } = question;
  return {
    why: text.slice(0, text.indexOf('\n')),
    show: isJsonList(show) ? show.map(String) : [],
    setting: { ...setting, nativeSidecars: setting.nativeSidecars === true, values: objectAt(setting, 'values') },
    pod,
  };
}

function select(value: Json | undefined, [first, ...rest]: readonly string[]): Json {
  if (first === undefined) return value ?? null;
  if (isJsonList(value)) {
    const list = listAt({ value }, 'value');
    if (first === '*') return list.map((one) => select(one, rest));
    return select(
      list.find((one) => one.name === first),
      rest,
    );
  }
  return isJsonObject(value) ? select(value[first], rest) : null;
}
