import { isJsonList, isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Check } from './checks.ts';

const VOLUME_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const VARIABLE_NAME = /^[A-Za-z_][\w.-]*$/;

/** A JSON object from names of volumes to objects: volumes, or how they are mounted. */
export const volumeMap: Check = (value) =>
  checkObject(value, (map) => {
    for (const [name, volume] of Object.entries(map)) {
      if (!VOLUME_NAME.test(name)) return `${JSON.stringify(name)} is no name of a volume`;
      if (!isJsonObject(volume)) return `${JSON.stringify(name)} is no object`;
    }
    return undefined;
  });

/** A JSON object from names of variables to their texts. */
export const variableMap: Check = (value) =>
  checkObject(value, (map) => {
    for (const [name, text] of Object.entries(map)) {
      if (!VARIABLE_NAME.test(name)) return `${JSON.stringify(name)} is no name of a variable`;
      if (typeof text !== 'string' || /[\p{Cc}"\\]/u.test(text)) return `the value of ${name} is no plain text`;
    }
    return undefined;
  });

/** What an injection wrote of itself. */
export const injectionStatus: Check = (value) =>
  checkObject(value, (status) => {
    for (const field of ['initContainers', 'containers', 'volumes', 'imagePullSecrets']) {
      const names = status[field] ?? null;
      const isRight = names === null || (isJsonList(names) && names.every((name) => typeof name === 'string'));
      if (!isRight) return `${field} is no list of names`;
    }
    return undefined;
  });

/** Containers that a user wrote and an injection has merged: `{containers, initContainers}`, each with a name. */
export const containerOverrides: Check = (value) =>
  checkObject(value, (overrides) => {
    const stray = Object.keys(overrides).find((field) => field !== 'containers' && field !== 'initContainers');
    if (stray !== undefined) return `${JSON.stringify(stray)} has no place here`;
    for (const [field, containers] of Object.entries(overrides))
      if (containers !== null && !isContainerList(containers)) return `${field} is no list of containers`;
    return undefined;
  });

/** Networks of multus: a JSON list, or names between commas. */
export const networkList: Check = (value) => {
  if (!value.trimStart().startsWith('['))
    return /^[\w\s,./@-]*$/.test(value) ? undefined : 'expected names of networks, or a JSON list of them';
  const list = parse(value);
  return isJsonList(list) && list.every(isJsonObject) ? undefined : 'expected a JSON list of networks';
};

function isContainerList(value: Json | undefined): boolean {
  return isJsonList(value) && value.every((one) => isJsonObject(one) && typeof one.name === 'string');
}

function checkObject(value: string, check: (object: JsonObject) => string | undefined): string | undefined {
  const object = parse(value);
  return isJsonObject(object) ? check(object) : 'expected a JSON object';
}

function parse(value: string): Json | undefined {
  try {
    const parsed: Json = JSON.parse(value);
    return parsed;
  } catch {
    return undefined;
  }
}
