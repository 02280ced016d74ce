import type { StoreContext } from './context.js';
import { getUsers } from './people.js';

/** Full names of people by id. Somebody who is gone, with their client or otherwise, is left out. */
export async function namesOf(context: StoreContext, tenantId: string, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  if (wanted.length === 0) return new Map();
  const users = await getUsers(context, tenantId, wanted);
  return new Map(users.map((user) => [user.id, `${user.firstName} ${user.lastName}`.trim()]));
}
