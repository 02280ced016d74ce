import { wordsOf, type SourceRecord } from '../../domain/it-glue/index.js';
import { openEntries } from '../../store/index.js';
import { fillLists, type ExportContext } from './context.js';

const all = 100_000;
/** Lists that devices, applications and passwords use: they are filled while what these link to is created. */
const lists = ['configurationTypes', 'configurationStatuses', 'operatingSystems', 'passwordCategories'] as const;

/** Reads the lists that devices, applications and passwords need, and creates the types and categories that are lacking. */
export async function exportWords(context: ExportContext): Promise<void> {
  const { store, client, source } = context;
  const open = await Promise.all((['configuration', 'password'] as const).map((resource) => openEntries(store, client, resource, all)));
  const records: Pick<SourceRecord, 'kind' | 'content'>[] = [];
  for await (const { kind, content } of source.records(open.flat().map((entry) => entry.recordId))) {
    // Only the words are kept: of many devices and passwords not everything should be in memory at once.
    const { type, status, operatingSystem, category } = content;
    records.push({ kind, content: { type: type ?? null, status: status ?? null, operatingSystem: operatingSystem ?? null, category: category ?? null } });
  }
  const words = wordsOf(records);
  await fillLists(context, new Map(lists.map((list) => [list, [...words[list].keys()]])));
}
