import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import type { FieldFault } from '../problem.js';

/** Most faults that one answer lists. */
const limit = 100;

/** Faults of a request as JSON paths such as `items[2].fields.email`, one for each unknown field. Values are never repeated. */
export function faultsOf(validation: readonly FastifySchemaValidationError[], given: unknown): FieldFault[] {
  return validation.flatMap((one) => faults(one, given)).slice(0, limit);
}

function faults(one: FastifySchemaValidationError, given: unknown): FieldFault[] {
  const path = one.instancePath.split('/').filter((part) => part !== '');
  if (one.keyword === 'unrecognized_keys') {
    const keys = (one.params as { keys?: readonly string[] }).keys ?? [];
    return keys.slice(0, limit).map((key) => ({ field: written([...path, key.slice(0, 100)]), message: 'is not known here' }));
  }
  const missing = path.length > 0 && valueAt(given, path) === undefined;
  return [{ field: written(path) || 'body', message: missing ? 'is needed' : (one.message ?? 'is not valid') }];
}

function written(path: readonly string[]): string {
  return path.reduce((text, part) => (/^\d+$/.test(part) ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`), '');
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined), value);
}
