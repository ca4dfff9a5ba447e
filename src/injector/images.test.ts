import { describe, expect, it } from 'vitest';
import { toInitImage, toProxyImage } from './images.ts';

const values = (tag: string | number, variant = '') => ({
  global: { hub: 'hub', tag, variant, proxy: { image: 'p' }, proxy_init: { image: 'i' } },
});
const typed = (type: string) => ({ metadata: { annotations: { 'sidecar.istio.io/proxyImageType': type } } });

describe('toProxyImage', () => {
  it.each([
    { values: values('1.2'), config: {}, pod: {}, image: 'hub/p:1.2' },
    { values: values(1.2), config: {}, pod: {}, image: 'hub/p:1.2' },
    { values: values('1.2', 'distroless'), config: {}, pod: {}, image: 'hub/p:1.2-distroless' },
    { values: values('1.2-debug', 'distroless'), config: {}, pod: {}, image: 'hub/p:1.2-distroless' },
    { values: values('1.2-debug'), config: { image: { imageType: 'default' } }, pod: {}, image: 'hub/p:1.2' },
    {
      values: values('1.2', 'debug'),
      config: { image: { imageType: 'distroless' } },
      pod: typed('own'),
      image: 'hub/p:1.2-own',
    },
  ])('is $image', ({ values: set, config, pod, image }) => {
    expect(toProxyImage(set, config, pod)).toBe(image);
  });
});

describe('toInitImage', () => {
  it('has the type of the mesh or the pod', () => {
    expect([toInitImage(values('1', 'debug'), {}), toInitImage(values('1'), typed('own'))]).toEqual([
      'hub/i:1-debug',
      'hub/i:1-own',
    ]);
  });
});
