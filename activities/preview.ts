import { cancellationSignal, heartbeat, log } from '@temporalio/activity';
import { planExport, type Resource, type SourceRecord } from '../domain/it-glue/index.js';
import { kindOf, type KindName } from '../domain/kinds/index.js';
import { MAX_ATTACHMENT_BYTES } from '../it-glue/index.js';
import { allRecords, fillPreview, getClientRow, loadAliases, saveCatalogue, spellingChoices, tierOf, type CatalogueEntry, type ClientKey } from '../store/index.js';
import { atItGlue } from './at-it-glue.js';
import type { Dependencies, Target } from './dependencies.js';
import { wantedEntries } from './export/context.js';
import { readCatalogue } from './spelling/catalogue.js';
import { askLanguageModel } from './spelling/language-model.js';
import { findDoubled } from './spelling/doubled.js';
import { suggestSpellings, type SpellingRow } from './spelling/suggestions.js';
import { entries, findEntry, placeOf, readLookups, type ListEntry, type Lookups } from './export/lookups.js';

/** A word of the client and the entry of the account's list that it means; null when it will be created. */
export interface Mapped {
  readonly word: string;
  readonly entry: ListEntry | null;
}

/** What an export would create. Kept sealed; bound to the version of the client's data. */
export interface Preview {
  readonly target: { apiUrl: string; webUrl: string | null; region: string | null; standIn: boolean };
  readonly organization: { name: string };
  readonly organizationTypes: readonly ListEntry[];
  readonly organizationStatuses: readonly ListEntry[];
  readonly counts: Readonly<Partial<Record<Resource, number>>>;
  readonly vendorContacts: readonly { recordId: string; title: string }[];
  readonly newMakes: readonly string[];
  readonly newModels: readonly { make: string; model: string }[];
  /** For reference only: what the account has already. */
  readonly existingMakes: readonly string[];
  /** New makes and models, each with the existing entry that it may mean. */
  readonly spelling: readonly SpellingRow[];
  readonly lookups: { configurationTypes: Mapped[]; configurationStatuses: Mapped[]; contactTypes: Mapped[]; passwordCategories: Mapped[] };
  readonly sites: readonly { recordId: string; title: string; country: string | null; region: string | null; keptInNotes: string[] }[];
  readonly clientFiles: { host: string | null; count: number };
  readonly problems: readonly { kind: KindName; recordId: string; title: string; field: string | null; message: string }[];
  /** Records of the client that may be one thing, or one person, entered twice. */
  readonly duplicates: readonly { kind: KindName; records: readonly { recordId: string; title: string }[]; band: string; reason: string }[];
  readonly withoutHome: readonly { kind: KindName; recordId: string; title: string; message: string }[];
}

/** Existing manufacturers that are listed for reference. */
const shownMakes = 500;

export function previewActivities(deps: Dependencies) {
  return {
    /** Reads the account's makes and models and keeps them for look-up while typing. */
    async refreshCatalogue({ tenantId }: { tenantId: string }): Promise<{ entries: number }> {
      const catalogue = await atItGlue(deps, tenantId, ({ target }) => readCatalogue(target.api, cancellationSignal()));
      await saveCatalogue(deps.store, tenantId, catalogue);
      return { entries: catalogue.length };
    },

    /** Reads the client and the account's lists, works out what would be created, and keeps the answer. Writes nothing to IT Glue. */
    async buildPreview({ previewId, ...client }: ClientKey & { previewId: string }): Promise<void> {
      const timer = setInterval(() => heartbeat(), 4_000);
      try {
        const { version } = await getClientRow(deps.store, client);
        const records: SourceRecord[] = [];
        for await (const record of allRecords(deps.store, client)) records.push(record);
        const built = await atItGlue(deps, client.tenantId, ({ target }) => build({ ...deps, target }, client, records, cancellationSignal()));
        await fillPreview(deps.store, client, previewId, version, built);
      } finally {
        clearInterval(timer);
      }
    },
  };
}

async function build(deps: Omit<Dependencies, 'targets'> & { readonly target: Target }, client: ClientKey, records: readonly SourceRecord[], signal: AbortSignal): Promise<Preview> {
  const { api } = deps.target;
  const byId = new Map(records.map((record) => [record.id, record]));
  const title = (record: SourceRecord | undefined) => (record ? kindOf(record.kind).title(record.content as never) : '');
  const sites = records.filter((record) => record.kind === 'site');
  const plan = planExport(records);
  const [lookups, types, statuses, catalogue] = [
    await readLookups(api, sites.map((site) => site.content['country'] as string | null), signal),
    entries(await api.organizationTypes.list({ signal })),
    entries(await api.organizationStatuses.list({ signal })),
    await readCatalogue(api, signal),
  ];
  await saveCatalogue(deps.store, client.tenantId, catalogue);
  const fresh = freshRecords(records, catalogue);
  const counts: Partial<Record<Resource, number>> = {};
  for (const unit of plan.units) counts[unit.resource] = (counts[unit.resource] ?? 0) + 1;
  const company = records.find((record) => record.kind === 'company');
  const files = records.filter((record) => record.kind === 'attachment' && !record.references['parent']);
  const hostUnit = plan.units.find((unit) => unit.recordId === files[0]?.id);

  return {
    target: { apiUrl: deps.target.apiUrl, webUrl: deps.target.webUrl, region: deps.target.region, standIn: isStandIn(deps.target.apiUrl) },
    organization: { name: String(company?.content['company'] ?? '') },
    organizationTypes: types,
    organizationStatuses: statuses,
    counts,
    vendorContacts: records.filter((record) => record.kind === 'vendor').map((record) => ({ recordId: record.id, title: title(record) })),
    newMakes: fresh.filter((record) => record.kind === 'make').map(title),
    newModels: fresh.filter((record) => record.kind === 'model').map((model) => ({ make: title(byId.get(model.references['make'] ?? '')), model: title(model) })),
    existingMakes: catalogue.filter((entry) => entry.model === '').map((entry) => entry.manufacturer).slice(0, shownMakes),
    spelling: await spell(deps, client, fresh, byId, catalogue, signal),
    lookups: mapLookups(lookups, records),
    sites: sites.map((site) => describeSite(lookups, site, title(site))),
    clientFiles: { host: title(byId.get(hostUnit?.parent?.recordId ?? '')) || null, count: files.length },
    problems: problemsOf(records, title),
    duplicates: findDoubled(records),
    withoutHome: plan.withoutHome.map(({ kind, recordId, title: name, message }) => ({ kind, recordId, title: name, message })),
  };
}

/** Addresses of this machine are never the real IT Glue. */
function isStandIn(apiUrl: string): boolean {
  return !/(^|\.)itglue\.com$/.test(new URL(apiUrl).hostname);
}

/** Makes and models that the account does not have by name; case does not count. */
function freshRecords(records: readonly SourceRecord[], catalogue: readonly CatalogueEntry[]): SourceRecord[] {
  const manufacturers = catalogue.filter((entry) => entry.model === '').map((entry) => ({ id: entry.id, name: entry.manufacturer }));
  const known = new Map(
    records.filter((record) => record.kind === 'make').map((make) => [make.id, findEntry(manufacturers, String(make.content['name']))]),
  );
  const modelsOf = new Map<string, ListEntry[]>();
  for (const { id, manufacturer, model } of catalogue) {
    if (model !== '') modelsOf.set(manufacturer, [...(modelsOf.get(manufacturer) ?? []), { id, name: model }]);
  }
  return records.filter((record) => {
    if (record.kind === 'make') return !known.get(record.id);
    if (record.kind !== 'model') return false;
    const manufacturer = known.get(record.references['make'] ?? '');
    return !manufacturer || !findEntry(modelsOf.get(manufacturer.name) ?? [], String(record.content['name']));
  });
}

/** Suggestions for the new ones: by the matcher, then, where the tier has it, by the language model. */
async function spell(
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

function mapLookups(lookups: Lookups, records: readonly SourceRecord[]): Preview['lookups'] {
  const wanted = wantedEntries(records);
  const map = (list: readonly ListEntry[], words: ReadonlySet<string>) => [...words].sort().map((word) => ({ word, entry: findEntry(list, word) }));
  return {
    configurationTypes: map(lookups.configurationTypes, wanted.configurationTypes),
    configurationStatuses: map(lookups.configurationStatuses, wanted.configurationStatuses),
    contactTypes: map(lookups.contactTypes, wanted.contactTypes),
    passwordCategories: map(lookups.passwordCategories, wanted.passwordCategories),
  };
}

function describeSite(lookups: Lookups, site: SourceRecord, title: string): Preview['sites'][number] {
  const place = placeOf(lookups, site.content as { country: string | null; state: string | null; zip: string | null });
  return {
    recordId: site.id,
    title,
    country: lookups.countries.find((one) => one.id === place.countryId)?.name ?? null,
    region: lookups.regions.find((one) => one.id === place.regionId)?.name ?? null,
    keptInNotes: [place.unresolvedState, place.unresolvedCountry].filter((word): word is string => word !== null),
  };
}

/** Records that IT Glue would refuse, as far as that can be known before. */
function problemsOf(records: readonly SourceRecord[], title: (record: SourceRecord) => string): Preview['problems'] {
  return records.flatMap((record) => {
    const report = (field: string | null, message: string) => ({ kind: record.kind, recordId: record.id, title: title(record), field, message });
    if (record.kind === 'attachment') {
      const size = record.content['size'] as number | null;
      if (size === null) return [report(null, 'The file was never uploaded')];
      if (size > MAX_ATTACHMENT_BYTES) return [report('size', 'Is too large for IT Glue, which takes 10 MB in one request')];
    }
    if (record.kind === 'model' && !record.references['make']) return [report('make', 'A model needs a make')];
    return [];
  });
}

