import { blockWords } from '../../domain/block-reasons.js';
import type { PasswordAccess } from '../../domain/it-glue-connection.js';
import { planExport, type ExportUnit, type ListEntry, type MappedList, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import { kindOf, type KindName } from '../../domain/kinds/index.js';
import { saveCatalogue, skippedRecords, type ClientKey } from '../../store/index.js';
import type { Connected, Dependencies, Target } from '../dependencies.js';
import { entries, placeOf, readLookups, type Lookups } from '../export/lookups.js';
import { readCatalogue } from '../spelling/catalogue.js';
import { findDoubled, type DoubledRecords } from '../spelling/doubled.js';
import type { SpellingRow } from '../spelling/suggestions.js';
import { homelessOf, problemsOf, type Homeless, type Problem } from './findings.js';
import { freshRecords, showMakes, spell, type ShownMake } from './makes.js';
import { listsOf, matchWords, type MappedWords } from './words.js';

/** What an export would create. Kept sealed; bound to the version of the client's data. */
export interface Preview {
  /** `words`: one sentence for the person, who must not take a stand-in for the real account or the other way round. */
  readonly target: { apiUrl: string; webUrl: string | null; region: string | null; standIn: boolean; words: string; passwordAccess: PasswordAccess };
  /** What the connection will not do, in words. */
  readonly warnings: readonly string[];
  readonly organization: { name: string };
  readonly organizationTypes: readonly ListEntry[];
  readonly organizationStatuses: readonly ListEntry[];
  /** Without what is skipped. */
  readonly counts: Readonly<Partial<Record<Resource, number>>>;
  readonly vendorContacts: readonly { recordId: string; title: string }[];
  readonly newMakes: readonly string[];
  readonly newModels: readonly { make: string; model: string }[];
  /** What will be created first, then what the account has, for reference. */
  readonly makes: readonly ShownMake[];
  /** For reference only: what the account has already. */
  readonly existingMakes: readonly string[];
  /** New makes and models, each with the existing entry that it may mean. */
  readonly spelling: readonly SpellingRow[];
  /** Each type, status, category and operating system, and what it becomes. */
  readonly lookups: MappedWords;
  /** The account's entries to choose from. */
  readonly lists: Readonly<Record<MappedList, readonly ListEntry[]>>;
  readonly sites: readonly { recordId: string; title: string; country: string | null; region: string | null; keptInNotes: string[] }[];
  readonly clientFiles: { host: string | null; count: number };
  /** What IT Glue would refuse, then what it may refuse. */
  readonly problems: readonly Problem[];
  /** Records that a person left out, with their files and models. */
  readonly skipped: readonly { kind: KindName; recordId: string; title: string }[];
  /** Records of the client that may be one thing, or one person, entered twice. */
  readonly duplicates: readonly DoubledRecords[];
  readonly withoutHome: readonly Homeless[];
}

/** Existing manufacturers that are listed by name. */
const shownMakes = 500;

/** Works out what an export of these records would create. Reads the account's lists, writes nothing there. */
export async function buildPreviewOf(deps: Pick<Dependencies, 'store' | 'languageModel'> & Pick<Connected, 'target' | 'passwordAccess'>, client: ClientKey, records: readonly SourceRecord[], signal: AbortSignal): Promise<Preview> {
  const { api } = deps.target;
  const byId = new Map(records.map((record) => [record.id, record]));
  const sites = records.filter((record) => record.kind === 'site');
  const plan = planExport(records);
  const left = leftOut(plan.units, await skippedRecords(deps.store, client));
  const units = plan.units.filter((unit) => !left.has(unit.recordId));
  const exported = units.map((unit) => byId.get(unit.recordId)!);
  const [lookups, types, statuses, catalogue] = [
    await readLookups(api, sites.map((site) => site.content['country'] as string | null), signal),
    entries(await api.organizationTypes.list({ signal })),
    entries(await api.organizationStatuses.list({ signal })),
    await readCatalogue(api, signal),
  ];
  await saveCatalogue(deps.store, client.tenantId, catalogue);
  const words = await matchWords(deps.store, client, lookups, exported);
  const fresh = freshRecords(exported, catalogue);
  const company = records.find((record) => record.kind === 'company');

  return {
    target: { ...targetOf(deps.target), passwordAccess: deps.passwordAccess },
    warnings: deps.passwordAccess === 'no' && units.some((unit) => unit.resource === 'password') ? [blockWords.no_password_access] : [],
    organization: { name: String(company?.content['company'] ?? '') },
    organizationTypes: types,
    organizationStatuses: statuses,
    counts: countsOf(units),
    vendorContacts: exported.filter((record) => record.kind === 'vendor').map((record) => ({ recordId: record.id, title: title(record) })),
    newMakes: fresh.filter((record) => record.kind === 'make').map(title),
    newModels: fresh.filter((record) => record.kind === 'model').map((model) => ({ make: title(byId.get(model.references['make'] ?? '')), model: title(model) })),
    makes: showMakes(fresh, byId, catalogue),
    existingMakes: catalogue.filter((entry) => entry.model === '').map((entry) => entry.manufacturer).slice(0, shownMakes),
    spelling: await spell(deps, client, fresh, byId, catalogue, signal),
    lookups: words,
    lists: listsOf(lookups),
    sites: sites.map((site) => describeSite(lookups, site)),
    clientFiles: describeFiles(plan.units, byId),
    problems: problemsOf(units, byId, lookups, words),
    skipped: plan.units.filter((unit) => left.has(unit.recordId)).map(({ kind, recordId }) => ({ kind, recordId, title: title(byId.get(recordId)) })),
    duplicates: findDoubled(records),
    withoutHome: homelessOf({ units, withoutHome: plan.withoutHome }, byId),
  };
}

const title = (record: SourceRecord | undefined) => (record ? kindOf(record.kind).title(record.content as never) : '');

function targetOf({ apiUrl, webUrl, region }: Target): Omit<Preview['target'], 'passwordAccess'> {
  const standIn = isStandIn(apiUrl);
  const words = standIn
    ? `This is a stand-in at ${apiUrl}, not IT Glue: nothing that is created there reaches a real account`
    : `Creates records in the real IT Glue account${webUrl ? ` at ${webUrl}` : ''}${region ? ` (region ${region.toUpperCase()})` : ''}; they can be removed only by hand, makes and models not at all`;
  return { apiUrl, webUrl, region, standIn, words };
}

/** Addresses other than the vendor's own are never the real IT Glue. */
function isStandIn(apiUrl: string): boolean {
  return !/(^|\.)itglue\.com$/.test(new URL(apiUrl).hostname);
}

/** The skipped records with everything that hangs on them; a parent comes before its children in a plan. */
function leftOut(units: readonly ExportUnit[], skipped: ReadonlySet<string>): ReadonlySet<string> {
  const left = new Set(skipped);
  for (const { recordId, parent } of units) if (parent && left.has(parent.recordId)) left.add(recordId);
  return left;
}

function countsOf(units: readonly ExportUnit[]): Preview['counts'] {
  const counts: Partial<Record<Resource, number>> = {};
  for (const unit of units) counts[unit.resource] = (counts[unit.resource] ?? 0) + 1;
  return counts;
}

function describeSite(lookups: Lookups, site: SourceRecord): Preview['sites'][number] {
  const place = placeOf(lookups, site.content as { country: string | null; state: string | null; zip: string | null });
  return {
    recordId: site.id,
    title: title(site),
    country: lookups.countries.find((one) => one.id === place.countryId)?.name ?? null,
    region: lookups.regions.find((one) => one.id === place.regionId)?.name ?? null,
    keptInNotes: [place.unresolvedState, place.unresolvedCountry].filter((word): word is string => word !== null),
  };
}

/** Files of the client as a whole, and the site that they are put at. */
function describeFiles(units: readonly ExportUnit[], byId: ReadonlyMap<string, SourceRecord>): Preview['clientFiles'] {
  const files = [...byId.values()].filter((record) => record.kind === 'attachment' && !record.references['parent']);
  const host = units.find((unit) => unit.recordId === files[0]?.id)?.parent?.recordId;
  return { host: title(byId.get(host ?? '')) || null, count: files.length };
}
