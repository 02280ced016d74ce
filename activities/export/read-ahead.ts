import type { SourceRecord } from '../../domain/it-glue/index.js';
import type { ItGlueClient } from '../../it-glue/index.js';
import { wantedEntries } from './context.js';
import type { KeptLookups, ListName } from './lookups.js';

/**
 * Begins to read the lists that the export of these records will ask for, while the organization is being created. Nobody
 * waits here: a list that cannot be read now is read by the step that needs it.
 */
export function readAhead(lookups: KeptLookups, api: ItGlueClient, records: readonly SourceRecord[]): void {
  const { signal } = new AbortController();
  const wanted = wantedEntries(records);
  const sites = records.filter((record) => record.kind === 'site');
  const lists: readonly [ListName, boolean][] = [
    ['contactTypes', wanted.contactTypes.size > 0],
    ['configurationTypes', wanted.configurationTypes.size > 0],
    ['configurationStatuses', wanted.configurationStatuses.size > 0],
    ['passwordCategories', wanted.passwordCategories.size > 0],
    ['operatingSystems', records.some((record) => record.kind === 'configuration' && record.content['operatingSystem'])],
  ];
  const reading: Promise<unknown>[] = lists.filter(([, isWanted]) => isWanted).map(([name]) => lookups.list(api, name, signal));
  if (sites.length > 0) reading.push(lookups.places(api, sites.map((site) => (site.content['country'] as string | null) ?? null), signal));
  for (const one of reading) one.catch(() => undefined);
}
