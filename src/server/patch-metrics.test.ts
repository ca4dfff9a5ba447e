import { describe, expect, it } from 'vitest';
import { patches } from '../../test/support/envoy-filter.ts';
import { renderMetrics } from '../kit/metrics.ts';
import { showPatchStatus } from './patch-metrics.ts';

async function listShown(): Promise<readonly string[]> {
  const lines = (await renderMetrics()).split('\n');
  return lines.filter((line) => line.startsWith('pilot_envoy_filter_status{')).sort();
}

describe('showPatchStatus', () => {
  it('shows what proxies have now, and nothing of what they had', async () => {
    const [cluster, route] = patches({ to: 'CLUSTER', op: 'REMOVE' }, { to: 'HTTP_ROUTE', op: 'REMOVE' });
    if (cluster === undefined || route === undefined) throw new Error('two patches were read as fewer');
    showPatchStatus([
      { patch: cluster, result: 'applied' },
      { patch: route, result: 'unmatched' },
    ]);
    expect(await listShown()).toEqual([
      'pilot_envoy_filter_status{name="default/patch",patch="cluster",result="applied"} 1',
      'pilot_envoy_filter_status{name="default/patch",patch="route",result="error"} 1',
    ]);
    showPatchStatus([{ patch: cluster, result: 'failed' }]);
    expect(await listShown()).toEqual([
      'pilot_envoy_filter_status{name="default/patch",patch="cluster",result="error"} 1',
    ]);
  });
});
