import type { AnyKind } from '../../domain/kinds/index.js';
import { isUniqueViolation } from '../context.js';
import { Refusal } from '../errors.js';

/**
 * Says in words what the database's refusal of a second record of the same name means.
 * @param whichOf finds the items, from 0, whose names are taken, where there were several
 */
export async function guardNames<T>(kind: AnyKind, work: () => Promise<T>, whichOf: () => Promise<readonly number[]> = async () => []): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const fault = { field: 'fields.name', message: 'is used by another record of this client' };
    const items = await whichOf();
    throw new Refusal('name_taken', `${kind.plural} must have different names within a client`, items.length > 0 ? items.map((item) => ({ ...fault, item })) : [fault]);
  }
}

export function stale(kind: AnyKind, version: number): Refusal {
  return new Refusal('stale_version', `${kind.label} was changed by somebody else meanwhile; its version is ${version} now`, [
    { field: 'version', message: `is not ${version}` },
  ]);
}
