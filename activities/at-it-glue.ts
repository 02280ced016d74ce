import type { Connected, Dependencies } from './dependencies.js';
import { Blocked } from './failures.js';

/** Hands the work the tenant's IT Glue account. @throws {Blocked} when there is no way into it */
export async function atItGlue<T>(deps: Dependencies, tenantId: string, work: (connected: Connected) => Promise<T>): Promise<T> {
  const connected = await deps.targets.of(tenantId);
  if (!connected) throw new Blocked('not_connected');
  return work(connected);
}
