import type { Static } from 'typebox';
import type { Pointer } from '../pointer.ts';
import type { IssueReport } from '../report.ts';
import { findLogFormatFault } from '../schema/command-operator.ts';
import type { MESH_CONFIG } from './mesh-config-spec.ts';

/** Envoy refuses every listener over one operator of its access log that it does not know. */
export function checkAccessLog(
  { accessLogFormat = '', accessLogEncoding = 'TEXT' }: Static<typeof MESH_CONFIG>,
  at: Pointer,
  report: IssueReport,
): void {
  const place = at.to('accessLogFormat');
  if (accessLogFormat === '') return;
  const add = (message: string) => report.add('ACCESS_LOG_FORMAT', place, message);
  if (accessLogEncoding === 'TEXT') {
    const fault = findLogFormatFault(accessLogFormat);
    if (fault !== undefined) add(`${place} ${fault}`);
    return;
  }
  const parsed = findJsonObject(accessLogFormat);
  if (parsed === undefined) {
    report.add(
      'ACCESS_LOG_JSON',
      place,
      `${place} is no JSON object, as accessLogEncoding: JSON asks for: logs have the default form`,
    );
    return;
  }
  for (const [name, text] of listTexts(parsed, '')) {
    const fault = findLogFormatFault(text);
    if (fault !== undefined) add(`${place}: ${name} ${fault}`);
  }
}

function findJsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // the caller says so
  }
}

/** Every text in a value, with the fields that lead to it. */
function listTexts(value: unknown, name: string): readonly (readonly [name: string, text: string])[] {
  if (typeof value === 'string') return [[name, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => listTexts(child, name === '' ? key : `${name}.${key}`));
}
