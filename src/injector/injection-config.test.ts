import { describe, expect, it } from 'vitest';
import { parseInjectionConfig } from './injection-config.ts';
import { DEFAULT_VALUES, parseInjectionValues } from './values.ts';

const ISTIO = `
defaultTemplates: [sidecar, own]
policy: disabled
alwaysInjectSelector:
  - matchLabels: {a: b}
  - matchExpressions: [{key: build, operator: In}]
neverInjectSelector:
  - matchExpressions: [{key: build, operator: Exists}]
injectedAnnotations: {"x": "y"}
aliases: {both: [sidecar, own]}
template: "{{ Template_Version_And_Istio_Version_Mismatched_Check_Installation }}"
templates:
  own: "metadata: {labels: {own: '{{ .Revision }}'}}"
`;

describe('parseInjectionConfig', () => {
  it("reads Istio's format, and passes over selectors that make no sense", () => {
    const { templates, ...config } = parseInjectionConfig(ISTIO);
    expect([...templates.keys()]).toEqual(['sidecar', 'gateway', 'grpc-simple', 'grpc-agent', 'own']);
    expect(config).toEqual({
      policy: 'disabled',
      defaultTemplates: ['sidecar', 'own'],
      aliases: { both: ['sidecar', 'own'] },
      templateTexts: { own: "metadata: {labels: {own: '{{ .Revision }}'}}" },
      alwaysInjectSelector: [{ matchLabels: { a: 'b' }, matchExpressions: [] }],
      neverInjectSelector: [{ matchLabels: {}, matchExpressions: [{ key: 'build', operator: 'Exists' }] }],
      injectedAnnotations: { x: 'y' },
    });
  });

  it('has the sidecar by default, and no policy unless one is written', () => {
    expect(parseInjectionConfig('')).toMatchObject({ policy: '', defaultTemplates: ['sidecar'] });
  });

  it.each([
    { text: 'a: [', because: 'config, line 1' },
    { text: '- a', because: 'config: not an object' },
    { text: "templates: {own: '{{ if }}'}", because: 'template: own:1: missing value for if' },
  ])('refuses $text', ({ text, because }) => {
    expect(() => parseInjectionConfig(text)).toThrow(because);
  });
});

describe('parseInjectionValues', () => {
  it.each([
    { text: '', global: DEFAULT_VALUES.global },
    { text: '{"global":{"meshID":"m"}}', global: { ...Object(DEFAULT_VALUES.global), meshID: 'm' } },
  ])('fills in defaults of $text', ({ text, global }) => {
    expect(parseInjectionValues(text).global).toEqual(global);
  });

  it('takes amounts as a whole', () => {
    const values = parseInjectionValues('{global: {proxy: {resources: {limits: {cpu: 1}}}}}');
    expect(values).toMatchObject({ global: { proxy: { resources: { limits: { cpu: 1 } }, logLevel: 'warning' } } });
    expect(JSON.stringify(values)).not.toContain('128Mi');
  });

  it.each(['[1]', 'a: ['])('refuses %s', (text) => {
    expect(() => parseInjectionValues(text)).toThrow('values');
  });
});
