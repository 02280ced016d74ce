import type { AnyKind } from '../../domain/kinds/index.js';
import { isUniqueViolation } from '../context.js';
import { Refusal } from '../errors.js';

/** Says in words what the database's refusal of a second record of the same name means. */
export async function guardNames<T>(kind: AnyKind, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Refusal('name_taken', `${kind.plural} must have different names within a client`, [
      { field: 'fields.name', message: 'is used by another record of this client' },
    ]);
  }
}

export function stale(kind: AnyKind, version: number): Refusal {
  return new Refusal('stale_version', `${kind.label} was changed by somebody else meanwhile; its version is ${version} now`, [
    { field: 'version', message: `is not ${version}` },
  ]);
}
