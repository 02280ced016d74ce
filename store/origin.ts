import { AsyncLocalStorage } from 'node:async_hooks';

const origins = new AsyncLocalStorage<string | null>();

/**
 * Carries `work` out as what was asked for from a network address: the audit entries that it makes say so.
 * @param address null for what nobody asked for from anywhere
 */
export function withOrigin<T>(address: string | null, work: () => T): T {
  return origins.run(address, work);
}

/** The network address that the work under way was asked for from; null for what a workflow or an operator's command does. */
export const currentOrigin = (): string | null => origins.getStore() ?? null;
