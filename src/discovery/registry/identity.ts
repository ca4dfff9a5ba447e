/** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`: who a workload is. */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}
