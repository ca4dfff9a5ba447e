import { until } from './until.ts';

/** Waits until a check passes, an assertion as a rule; what it failed with last is the cause when time is up. */
export async function eventually(check: () => Promise<unknown> | unknown, timeoutMs = 20_000): Promise<void> {
  await until(
    'a check to pass',
    async () => {
      await check();
      return true;
    },
    { timeoutMs },
  );
}
