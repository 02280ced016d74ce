import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { planExport, type Resource, type SourceRecord } from '../domain/it-glue/index.js';
import { kindOf, type KindName } from '../domain/kinds/index.js';
import { MAX_ATTACHMENT_BYTES } from '../it-glue/index.js';
import { allRecords, fillPreview, getClientRow, type ClientKey } from '../store/index.js';
import type { Dependencies } from './dependencies.js';
import { wantedEntries } from './export/context.js';
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
  readonly lookups: { configurationTypes: Mapped[]; configurationStatuses: Mapped[]; contactTypes: Mapped[]; passwordCategories: Mapped[] };
  readonly sites: readonly { recordId: string; title: string; country: string | null; region: string | null; keptInNotes: string[] }[];
  readonly clientFiles: { host: string | null; count: number };
  readonly problems: readonly { kind: KindName; recordId: string; title: string; field: string | null; message: string }[];
  readonly withoutHome: readonly { kind: KindName; recordId: string; title: string; message: string }[];
}

/** Existing manufacturers that are listed for reference. */
const shownMakes = 500;

export function previewActivities(deps: Dependencies) {
  return {
    /** Reads the client and the account's lists, works out what would be created, and keeps the answer. Writes nothing to IT Glue. */
    async buildPreview({ previewId, ...client }: ClientKey & { previewId: string }): Promise<void> {
      const timer = setInterval(() => heartbeat(), 4_000);
      try {
        const { version } = await getClientRow(deps.store, client);
        const records: SourceRecord[] = [];
        for await (const record of allRecords(deps.store, client)) records.push(record);
        await fillPreview(deps.store, client, previewId, version, await build(deps, records, cancellationSignal()));
      } finally {
        clearInterval(timer);
      }
    },
  };
}

async function build(deps: Dependencies, records: readonly SourceRecord[], signal: AbortSignal): Promise<Preview> {
  const { api } = deps.target;
  const byId = new Map(records.map((record) => [record.id, record]));
  const title = (record: SourceRecord | undefined) => (record ? kindOf(record.kind).title(record.content as never) : '');
  const sites = records.filter((record) => record.kind === 'site');
  const plan = planExport(records);
  const [lookups, types, statuses, manufacturers] = [
    await readLookups(api, sites.map((site) => site.content['country'] as string | null), signal),
    entries(await api.organizationTypes.list({ signal })),
    entries(await api.organizationStatuses.list({ signal })),
    entries(await api.manufacturers.list({ signal })),
  ];
  const makes = records.filter((record) => record.kind === 'make');
  const known = new Map(makes.map((make) => [make.id, findEntry(manufacturers, String(make.content['name']))]));
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
    newMakes: makes.filter((make) => !known.get(make.id)).map(title),
    newModels: await newModels(deps, records, known, signal),
    existingMakes: manufacturers.map((entry) => entry.name).slice(0, shownMakes),
    lookups: mapLookups(lookups, records),
    sites: sites.map((site) => describeSite(lookups, site, title(site))),
    clientFiles: { host: title(byId.get(hostUnit?.parent?.recordId ?? '')) || null, count: files.length },
    problems: problemsOf(records, title),
    withoutHome: plan.withoutHome.map(({ kind, recordId, title: name, message }) => ({ kind, recordId, title: name, message })),
  };
}

/** Addresses of this machine are never the real IT Glue. */
function isStandIn(apiUrl: string): boolean {
  return !/(^|\.)itglue\.com$/.test(new URL(apiUrl).hostname);
}

async function newModels(
  deps: Dependencies,
  records: readonly SourceRecord[],
  makes: ReadonlyMap<string, ListEntry | null>,
  signal: AbortSignal,
): Promise<{ make: string; model: string }[]> {
  const models = records.filter((record) => record.kind === 'model');
  const names = new Map(records.filter((record) => record.kind === 'make').map((make) => [make.id, String(make.content['name'])]));
  const present = new Map<string, ListEntry[]>();
  const fresh: { make: string; model: string }[] = [];
  for (const model of models) {
    const makeId = model.references['make'] ?? '';
    const manufacturer = makes.get(makeId);
    if (manufacturer && !present.has(manufacturer.id)) {
      present.set(manufacturer.id, entries(await deps.target.api.models.listByManufacturer(manufacturer.id, { signal })));
    }
    const name = String(model.content['name']);
    if (!manufacturer || !findEntry(present.get(manufacturer.id)!, name)) fresh.push({ make: names.get(makeId) ?? '', model: name });
  }
  return fresh;
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

