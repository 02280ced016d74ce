import { wordsOf, type SourceRecord } from '../../domain/it-glue/index.js';
import { openEntries, recordsById } from '../../store/index.js';
import { fillList, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';

const all = 100_000;
/** Lists that devices, applications and passwords use: they are filled while what these link to is created. */
const lists = ['configurationTypes', 'configurationStatuses', 'operatingSystems', 'passwordCategories'] as const;

/** Reads the lists that devices, applications and passwords need, and creates the types and categories that are lacking. */
export async function exportWords(context: ExportContext): Promise<void> {
  const { store, client } = context;
  const open = await Promise.all((['configuration', 'password'] as const).map((resource) => openEntries(store, client, resource, all)));
  const records: Pick<SourceRecord, 'kind' | 'content'>[] = [];
  for await (const { kind, content } of recordsById(store, client, open.flat().map((entry) => entry.recordId))) {
    // Only the words are kept: of many devices and passwords not everything should be in memory at once.
    const { type, status, operatingSystem, category } = content;
    records.push({ kind, content: { type: type ?? null, status: status ?? null, operatingSystem: operatingSystem ?? null, category: category ?? null } });
  }
  const words = wordsOf(records);
  await inParallel(lists, async (list) => void (await fillList(context, list, [...words[list].keys()])));
}
