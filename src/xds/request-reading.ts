import type { SubscriptionChange } from './subscription.ts';
import type { Claims } from './watch.ts';

/**
 * What a request means for the watch of its type.
 *
 * The two protocols differ in how a request says these things, and in nothing behind that.
 */
export type RequestReading =
  /** The client begins, or begins anew: whatever it was told before does not count. */
  | { readonly kind: 'opened'; readonly change: SubscriptionChange; readonly claims: Claims }
  /** It answers the last response; `change` when it wants something else from now on. */
  | { readonly kind: 'answered'; readonly change: SubscriptionChange | undefined }
  /** It wants something else and answers nothing. */
  | { readonly kind: 'changed'; readonly change: SubscriptionChange | undefined }
  /** It answers a response that was overtaken; what it asks for besides may still count. */
  | { readonly kind: 'expired'; readonly change: SubscriptionChange | undefined }
  /** It refuses something of a type that it does not watch. */
  | { readonly kind: 'stray' }
  /** It wants nothing of this type any more. */
  | { readonly kind: 'closed' };
