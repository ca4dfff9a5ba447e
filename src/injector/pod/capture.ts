import { ANNOTATION } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';
import { findAnnotation, globalText, interceptionModeOf, settingOf, statusPortOf } from './setting.ts';

/** What is captured of a pod's traffic, as annotations and values say. */
export interface Capture {
  readonly mode: string;
  readonly includeIpRanges: string;
  readonly excludeIpRanges: string;
  readonly includeInboundPorts: string;
  /** The agent's port among them. */
  readonly excludeInboundPorts: string;
  /** Absent where nobody limits it. */
  readonly includeOutboundPorts?: string;
  readonly excludeOutboundPorts?: string;
}

/** Reads what is captured of a pod's traffic. */
export function toCapture(input: TemplateInput): Capture {
  const { includeOutboundPorts, excludeOutboundPorts } = ANNOTATION;
  const include = settingOf(input, includeOutboundPorts, 'proxy', 'includeOutboundPorts');
  const exclude = settingOf(input, excludeOutboundPorts, 'proxy', 'excludeOutboundPorts');
  const isSet = (annotation: string, field: string) =>
    findAnnotation(input, annotation) !== undefined || globalText(input, 'proxy', field) !== '';
  return {
    mode: interceptionModeOf(input),
    includeIpRanges: settingOf(input, ANNOTATION.includeOutboundIpRanges, 'proxy', 'includeIPRanges'),
    excludeIpRanges: settingOf(input, ANNOTATION.excludeOutboundIpRanges, 'proxy', 'excludeIPRanges'),
    includeInboundPorts: settingOf(input, ANNOTATION.includeInboundPorts, 'proxy', 'includeInboundPorts'),
    excludeInboundPorts: withPort(
      statusPortOf(input),
      settingOf(input, ANNOTATION.excludeInboundPorts, 'proxy', 'excludeInboundPorts'),
    ),
    ...(isSet(includeOutboundPorts, 'includeOutboundPorts') && { includeOutboundPorts: include }),
    ...(isSet(excludeOutboundPorts, 'excludeOutboundPorts') && { excludeOutboundPorts: exclude }),
  };
}

/**
 * A list of ports with one more, unless that is there already, or `0`.
 * @see istio pkg/kube/inject/template.go `excludeInboundPort`
 */
export function withPort(port: string, list: string): string {
  const added = port.trim();
  const ports = list.split(',');
  if (added === '' || added === '0' || ports.includes(added)) return list;
  return [...ports.map((one) => one.trim()).filter((one) => one !== ''), added].join(',');
}
