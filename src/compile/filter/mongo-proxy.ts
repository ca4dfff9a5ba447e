import { type Extension, toExtension } from '../extension.ts';

/** Reads the Mongo wire protocol for its statistics, in front of the TCP proxy that forwards it. */
export function compileMongoProxy(statPrefix: string): Extension {
  return toExtension(
    'envoy.filters.network.mongo_proxy',
    'envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy',
    {
      stat_prefix: statPrefix,
    },
  );
}
