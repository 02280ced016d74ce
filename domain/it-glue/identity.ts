import { foldKept } from './kept-text.js';
import type { Resource } from './plan.js';

/** Attributes that IT Glue gives back as they were sent, and that tell records of one organization apart. */
const identifying: Readonly<Record<Resource, readonly string[]>> = {
  organization: ['name', 'shortName'],
  location: ['name', 'address1', 'city', 'postalCode'],
  manufacturer: ['name'],
  model: ['name'],
  contact: ['firstName', 'lastName', 'title', 'locationId'],
  configuration: ['name', 'configurationTypeId', 'hostname', 'serialNumber', 'assetTag', 'macAddress', 'locationId'],
  password: ['name', 'username', 'url', 'resourceId'],
  attachment: ['fileName'],
};

/**
 * A text that is equal for a record as it was sent and as IT Glue lists it. Records of equal identity are never sent in one
 * request (see `distinctBatches`), so an answer or a list can always be matched to what was sent.
 */
export function identityOf(resource: Resource, attributes: Readonly<Record<string, unknown>>): string {
  const parts = identifying[resource].map((name) => normalise(attributes[name]));
  if (resource === 'contact') parts.push(normalise(primaryEmail(attributes['contactEmails'])));
  return parts.join('\u001f');
}

function primaryEmail(emails: unknown): unknown {
  if (!Array.isArray(emails)) return null;
  const entries = emails as { value?: unknown; primary?: unknown }[];
  return (entries.find((entry) => entry.primary) ?? entries[0])?.value ?? null;
}

function normalise(value: unknown): string {
  if (value === null || value === undefined) return '';
  return foldKept(String(value as string | number | boolean))
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

/**
 * Splits into batches of at most `size` whose members all have different identities; members of equal identity follow in
 * later rounds. All batches of a round may be under way together; a round starts when the one before has ended.
 */
export function distinctBatches<T>(items: readonly T[], identity: (item: T) => string, size: number): readonly (readonly (readonly T[])[])[] {
  const rounds: T[][] = [];
  const seen = new Map<string, number>();
  for (const item of items) {
    const key = identity(item);
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    (rounds[round] ??= []).push(item);
  }
  return rounds.map((round) => {
    const batches: T[][] = [];
    for (let start = 0; start < round.length; start += size) batches.push(round.slice(start, start + size));
    return batches;
  });
}
