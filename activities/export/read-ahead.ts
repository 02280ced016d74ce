import { mappedLists, wordsOf, type SourceRecord } from '../../domain/it-glue/index.js';
import type { ItGlueClient } from '../../it-glue/index.js';
import type { KeptLookups } from './lookups.js';

/**
 * Begins to read the lists that the export will ask for by what these records show of themselves, while the organization is
 * being created. Nobody waits here: a list that cannot be read now, or that nothing shows yet, is read by the step that needs it.
 */
export function readAhead(lookups: KeptLookups, api: ItGlueClient, records: readonly SourceRecord[]): void {
  const { signal } = new AbortController();
  const words = wordsOf(records);
  const sites = records.filter((record) => record.kind === 'site');
  const reading: Promise<unknown>[] = mappedLists.filter((list) => words[list].size > 0).map((list) => lookups.list(api, list, signal));
  if (sites.length > 0) reading.push(lookups.places(api, sites.map((site) => (site.content['country'] as string | null) ?? null), signal));
  if (records.some((record) => record.kind === 'make')) lookups.readManufacturers(api, signal);
  for (const one of reading) one.catch(() => undefined);
}
