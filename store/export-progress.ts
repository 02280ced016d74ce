import { resources, type Resource } from '../domain/it-glue/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { currentExport, type ExportRow } from './exports.js';

/** How far one resource is. `total` is the sum of the others. */
export interface ResourceProgress {
  readonly resource: Resource;
  readonly total: number;
  /** In IT Glue, created by us or there before. */
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  /** Nothing was sent, or it certainly had no effect. */
  readonly planned: number;
  /** A request is under way, or its outcome is not known yet; the next run finds out. */
  readonly unsettled: number;
}

export interface ExportSnapshot {
  readonly run: ExportRow;
  /** Rises with everything that the progress shows but `planned` and `unsettled`; never falls, over all runs of the client. */
  readonly version: number;
  /** In the order of creation. */
  readonly progress: readonly ResourceProgress[];
  /** Records settled per minute, over the last minute or since the start; null while nothing is known or nothing runs. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}

/** A rate of the first moments would promise nonsense. */
const leastSeconds = 2;
const windowSeconds = 60;

/** How far each resource is, in the order of creation. */
export async function exportProgress(context: StoreContext, client: ClientKey): Promise<ResourceProgress[]> {
  return (await counts(context, client)).map(({ recent: _recent, ...progress }) => progress);
}

/** The client's last run and how far it is, from the database alone: any process sees the same. */
export async function exportSnapshot(context: StoreContext, client: ClientKey): Promise<ExportSnapshot> {
  const run = await currentExport(context, client);
  const counted = await counts(context, client);
  const sum = (pick: (one: ResourceProgress & { recent: number }) => number) => counted.reduce((total, one) => total + pick(one), 0);
  // A skipped one was refused before and counted then: it counts twice, so that skipping is a change as well.
  const settled = sum((one) => one.done + one.failed + 2 * one.skipped);
  const seconds = Math.min(windowSeconds, (Date.now() - run.startedAt.getTime()) / 1_000);
  const recent = sum((one) => one.recent);
  const known = run.state === 'running' && seconds >= leastSeconds && recent > 0;
  const rate = known ? (recent * 60) / seconds : null;
  const open = sum((one) => one.planned + one.unsettled);
  return {
    run,
    version: run.number * 2 ** 34 + settled * 2 + (run.state === 'running' ? 0 : 1),
    progress: counted.map(({ recent: _recent, ...progress }) => progress),
    rate: rate === null ? null : Math.round(rate * 10) / 10,
    secondsLeft: rate === null ? null : Math.ceil((open * 60) / rate),
  };
}

interface CountRow {
  resource: Resource;
  total: number;
  done: number;
  failed: number;
  skipped: number;
  planned: number;
  unsettled: number;
  recent: number;
}

async function counts(context: StoreContext, client: ClientKey): Promise<CountRow[]> {
  const { tenantId, clientId } = ofClient(client);
  const rows = await context.db.$queryRaw<CountRow[]>`
    SELECT "resource", count(*)::int AS "total",
      (count(*) FILTER (WHERE "state" IN ('created', 'existing')))::int AS "done",
      (count(*) FILTER (WHERE "state" = 'failed'))::int AS "failed",
      (count(*) FILTER (WHERE "state" = 'skipped'))::int AS "skipped",
      (count(*) FILTER (WHERE "state" = 'planned'))::int AS "planned",
      (count(*) FILTER (WHERE "state" = 'intended'))::int AS "unsettled",
      (count(*) FILTER (WHERE "state" IN ('created', 'existing', 'failed') AND "settledAt" > now() - make_interval(secs => ${windowSeconds})))::int AS "recent"
    FROM "LedgerEntry" WHERE "tenantId" = ${tenantId}::uuid AND "clientId" = ${clientId}::uuid
    GROUP BY "resource"`;
  return rows.sort((a, b) => resources.indexOf(a.resource) - resources.indexOf(b.resource));
}
