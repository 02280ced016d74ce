/**
 * The least that an export can cost on the documented routes (it-glue-api.md sections 1.4, 2 and 4), and the least time that
 * it can take: worked out from what is to be created, not from what the product does.
 */
import type { ExportUnit, SourceRecord } from '../../domain/it-glue/index.js';

/** Records in one bulk request: the documents name no limit, other clients found 50 safe. */
const bulk = 50;
/** Entries of one page of a list, the documented maximum. */
const page = 1_000;
/** Bytes that one request may hold, and what stands around a file in it. */
const bodyBytes = 10_000_000;
const fileEnvelopeBytes = 200;
/** Requests of one stage under way at a time. */
const atOnce = 4;

/** Requests that may be sent once those of other stages are answered. */
interface Stage {
  readonly requests: number;
  readonly after: readonly string[];
}

/** What the account holds before the export. */
export interface AccountBefore {
  readonly manufacturers: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
  /** Words of the client that are entries of no list yet, by the list. */
  readonly newWords: Readonly<Record<'configurationTypes', number>>;
}

export interface Least {
  readonly requests: number;
  /** Seconds from the first request to the last answer. */
  readonly seconds: number;
}

/** How requests are let through: so many at once from a full bucket, then so many a second. */
export interface PaceShare {
  readonly atOnce: number;
  readonly perSecond: number;
}

export function leastOf(units: readonly ExportUnit[], records: readonly SourceRecord[], account: AccountBefore, latencyMs: number, pace: PaceShare): Least {
  const stages = stagesOf(units, records, account);
  const requests = Object.values(stages).reduce((sum, stage) => sum + stage.requests, 0);
  const endOf = (name: string): number => {
    const { requests: count, after } = stages[name]!;
    return Math.max(0, ...after.map(endOf)) + Math.ceil(count / atOnce) * latencyMs;
  };
  const chain = Math.max(...Object.keys(stages).map(endOf)) / 1_000;
  return { requests, seconds: Math.max(chain, pacedSeconds(requests, pace)) };
}

/** How long the share of the rate limit takes to let so many requests through, from a full bucket on. */
export function pacedSeconds(requests: number, pace: PaceShare): number {
  return Math.max(0, requests - pace.atOnce) / pace.perSecond;
}

function stagesOf(units: readonly ExportUnit[], records: readonly SourceRecord[], account: AccountBefore): Record<string, Stage> {
  const byId = new Map(records.map((record) => [record.id, record]));
  const of = (resource: ExportUnit['resource']) => units.filter((unit) => unit.resource === resource);
  const nameOf = (unit: ExportUnit) => String(byId.get(unit.recordId)!.content['name']);
  const inBulk = (resource: ExportUnit['resource']) => Math.ceil(of(resource).length / bulk);
  const countries = new Set(records.filter((record) => record.kind === 'site').map((record) => record.content['country']));
  const newMakes = of('manufacturer').filter((unit) => !account.manufacturers.has(nameOf(unit)));
  const newModels = of('model').filter((unit) => !account.models.has(nameOf(unit)));

  return {
    // Lists that names are looked up in: nothing else tells their ids.
    countries: { requests: 1, after: [] },
    regions: { requests: countries.size, after: ['countries'] },
    configurationTypes: { requests: 1, after: [] },
    configurationStatuses: { requests: 1, after: [] },
    contactTypes: { requests: 1, after: [] },
    passwordCategories: { requests: 1, after: [] },
    operatingSystems: { requests: 1, after: [] },
    manufacturers: { requests: Math.ceil(account.manufacturers.size / page), after: [] },
    models: { requests: Math.ceil(account.models.size / page), after: [] },
    // Created: one by one, in bulk, or in bulk under each parent, as their routes allow.
    organization: { requests: 1, after: [] },
    newConfigurationTypes: { requests: account.newWords.configurationTypes, after: ['organization', 'configurationTypes'] },
    locations: { requests: inBulk('location'), after: ['organization', 'regions'] },
    contacts: { requests: inBulk('contact'), after: ['locations', 'contactTypes'] },
    newManufacturers: { requests: newMakes.length, after: ['organization', 'manufacturers'] },
    newModels: { requests: sum(groups(newModels), (models) => Math.ceil(models.length / bulk)), after: ['newManufacturers', 'models'] },
    configurations: { requests: inBulk('configuration'), after: ['contacts', 'newModels', 'newConfigurationTypes', 'configurationStatuses', 'operatingSystems'] },
    passwords: { requests: inBulk('password'), after: ['configurations', 'passwordCategories'] },
    attachments: { requests: sum(groups(of('attachment')), (files) => fileRequests(files.map((unit) => Number(byId.get(unit.recordId)!.content['size'])))), after: ['configurations'] },
  };
}

/** By the record that they are created under. */
function groups(units: readonly ExportUnit[]): ExportUnit[][] {
  const found = new Map<string, ExportUnit[]>();
  for (const unit of units) found.set(unit.parent!.recordId, [...(found.get(unit.parent!.recordId) ?? []), unit]);
  return [...found.values()];
}

/** Requests for the files of one parent, as base64 in JSON or alone as multipart. */
function fileRequests(bytes: readonly number[]): number {
  const sizes = bytes.map((size) => Math.ceil(size / 3) * 4 + fileEnvelopeBytes);
  return Math.ceil(sizes.reduce((total, size) => total + size, 0) / bodyBytes);
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);
