import type { KubeClient } from '../../kube/client.ts';
import type { Resource } from '../../kube/resource.ts';
import { FollowedKind } from './followed-kind.ts';

/** Made by whoever installs, or by `istioctl tag set default`: its label says whose the objects without a revision are. */
const NAME = 'istiod-default-validator';

const VALIDATING: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
  namespaced: false,
};

/**
 * Which revision is the default one.
 * @see istio pkg/revisions/default_watcher.go
 */
export class DefaultRevision {
  readonly #followed: FollowedKind;

  constructor(client: KubeClient) {
    this.#followed = new FollowedKind({
      client,
      resources: [VALIDATING],
      fieldSelector: `metadata.name=${NAME}`,
      metadataOnly: true,
      onChange: () => {},
    });
  }

  /** Empty while nobody says. */
  get name(): string {
    return this.#followed.find(NAME)?.metadata.labels?.['istio.io/rev'] ?? '';
  }

  start(): Promise<void> {
    return this.#followed.start();
  }

  stop(): Promise<void> {
    return this.#followed.stop();
  }
}
