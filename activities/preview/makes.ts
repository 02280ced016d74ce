import { log } from '@temporalio/activity';
import type { ListEntry, SourceRecord } from '../../domain/it-glue/index.js';
import { loadAliases, spellingChoices, tierOf, type CatalogueEntry, type ClientKey } from '../../store/index.js';
import type { Dependencies } from '../dependencies.js';
import { findEntry } from '../export/lookups.js';
import { askLanguageModel } from '../spelling/language-model.js';
import { suggestSpellings, typedOf, type SpellingRow } from '../spelling/suggestions.js';

/** A make, or a model of one, as the account will have it: what will be created, or what is there already. */
export interface ShownMake {
  readonly make: string;
  /** Null for the make itself. */
  readonly model: string | null;
  readonly existing: boolean;
}

/** Existing makes and models that are listed for reference. */
const shownEntries = 1_000;

/** Makes and models that the account does not have by name; case does not count. */
export function freshRecords(records: readonly SourceRecord[], catalogue: readonly CatalogueEntry[]): SourceRecord[] {
  const manufacturers = catalogue.filter((entry) => entry.model === '').map((entry) => ({ id: entry.id, name: entry.manufacturer }));
  const known = new Map(
    records.filter((record) => record.kind === 'make').map((make) => [make.id, findEntry(manufacturers, String(make.content['name']))]),
  );
  const modelsOf = new Map<string, ListEntry[]>();
  for (const { id, manufacturer, model } of catalogue) {
    if (model === '') continue;
    const models = modelsOf.get(manufacturer);
    if (models) models.push({ id, name: model });
    else modelsOf.set(manufacturer, [{ id, name: model }]);
  }
  return records.filter((record) => {
    if (record.kind === 'make') return !known.get(record.id);
    if (record.kind !== 'model') return false;
    const manufacturer = known.get(record.references['make'] ?? '');
    return !manufacturer || !findEntry(modelsOf.get(manufacturer.name) ?? [], String(record.content['name']));
  });
}

/** What will be created, then, marked as such, what the account has: of that the first thousand. */
export function showMakes(fresh: readonly SourceRecord[], byId: ReadonlyMap<string, SourceRecord>, catalogue: readonly CatalogueEntry[]): ShownMake[] {
  const created = fresh.map((record): ShownMake => {
    const { manufacturer, model } = typedOf(record, byId);
    return { make: manufacturer, model: model || null, existing: false };
  });
  const existing = catalogue.slice(0, shownEntries).map((entry): ShownMake => ({ make: entry.manufacturer, model: entry.model || null, existing: true }));
  return [...created, ...existing];
}

/** Suggestions for the new ones: by the matcher, then, where the tier has it, by the language model. */
export async function spell(
  deps: Pick<Dependencies, 'store' | 'languageModel'>,
  client: ClientKey,
  fresh: readonly SourceRecord[],
  byId: ReadonlyMap<string, SourceRecord>,
  catalogue: readonly CatalogueEntry[],
  signal: AbortSignal,
): Promise<readonly SpellingRow[]> {
  const [aliases, choices, tier] = [await loadAliases(deps.store, client.tenantId), await spellingChoices(deps.store, client), await tierOf(deps.store, client.tenantId)];
  const rows = suggestSpellings(fresh, byId, catalogue, aliases, choices);
  if (!deps.languageModel || !tier.languageModel) return rows;
  const { rows: asked, ...counts } = await askLanguageModel(deps.languageModel, rows, catalogue, signal);
  log.info('language model asked about spellings', { asked: counts.asked, answered: counts.answered });
  return asked;
}
