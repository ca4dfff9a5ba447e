/** Ends the cluster's name for the rules that cut tags out of the names of statistics. */
const DELIMITER = ';';

/** The name under which Envoy counts a cluster: its own, or what the mesh's pattern made of it. */
export function toAltStatName(name: string): string {
  return `${name}${DELIMITER}`;
}
