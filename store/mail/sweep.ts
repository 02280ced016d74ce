import type { StoreContext } from '../context.js';
import { tellAdministrators } from './connection.js';

/** That the sweep found something which a person should look at: at most once a day, to all Administrators. */
export async function tellOfSweep(context: StoreContext, tenantId: string, count: number, now: Date): Promise<void> {
  await tellAdministrators(context, tenantId, 'sweep_report', { count }, `sweep/${tenantId}/${now.toISOString().slice(0, 10)}`);
}
