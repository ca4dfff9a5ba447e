import { describeSource } from '../support/source-suite.ts';
import { SOURCES } from '../support/world.ts';

// The same holds for a real API server: test/cluster/kube-source.test.ts.
for (const [name, create] of Object.entries(SOURCES)) describeSource(name, create, { isText: true });
