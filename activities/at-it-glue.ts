import { ItGlueError } from '../it-glue/index.js';
import { noteRefused } from '../store/index.js';
import type { Connected, Dependencies } from './dependencies.js';
import { Blocked } from './failures.js';

/**
 * Hands the work the tenant's IT Glue account. A key that IT Glue does not accept is noted, so that every export of the tenant
 * stops using it, until there is one that works.
 * @throws {Blocked} when there is no way into the account
 */
export async function atItGlue<T>(deps: Pick<Dependencies, 'store' | 'targets'>, tenantId: string, work: (connected: Connected) => Promise<T>): Promise<T> {
  const connected = await deps.targets.of(tenantId);
  if (!connected) throw new Blocked('not_connected');
  if (connected.state === 'refused') throw new Blocked('key_refused');
  try {
    return await work(connected);
  } catch (error) {
    if (!(error instanceof ItGlueError) || error.kind !== 'badKey') throw error;
    throw await whyRefused(deps, tenantId, connected);
  }
}

async function whyRefused(deps: Pick<Dependencies, 'store'>, tenantId: string, { target, version }: Connected): Promise<Error> {
  // One address may be closed to a good key: only a key that may not even read the smallest list is not accepted.
  if (await mayRead(target)) return new Blocked('no_access');
  if ((await noteRefused(deps.store, tenantId, version)) === 'current') return new Blocked('key_refused');
  return new Error('The key was replaced meanwhile; the step is tried again with the new one');
}

async function mayRead(target: Connected['target']): Promise<boolean> {
  try {
    await target.api.organizationStatuses.list();
    return true;
  } catch (error) {
    if (error instanceof ItGlueError && error.kind === 'badKey') return false;
    throw error;
  }
}
