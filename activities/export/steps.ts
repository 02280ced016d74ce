import { setMaxListeners } from 'node:events';
import { Context, heartbeat } from '@temporalio/activity';
import { kindNames, type KindName } from '../../domain/kinds/index.js';
import { planExport, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import { exportProgress, ledgerCounts, planLedger, recordOutlines, recordsOfKinds, settledIds, type BlockReason, type ClientKey, type ExportOutcome, type ExportStepName, type ResourceProgress } from '../../store/index.js';
import { atItGlue } from '../at-it-glue.js';
import { Blocked } from '../failures.js';
import type { Dependencies } from '../dependencies.js';
import { exportAttachments } from './attachments.js';
import { openContext, type ExportContext } from './context.js';
import { InlineSteps, mostRecordsInline } from './inline.js';
import { LookupsByRun } from './lookups.js';
import { exportManufacturers } from './manufacturers.js';
import { exportModels } from './models.js';
import { exportOrganization, organizationIdOf } from './organization.js';
import { readAhead } from './read-ahead.js';
import { exportRecords } from './records.js';
import { endingOf, type Ending } from './stopping.js';
import { exportWords } from './words.js';

export type StepInput = ClientKey & { readonly exportId: string };
export type StepCounts = Pick<ResourceProgress, 'total' | 'done' | 'failed' | 'skipped'>;
export type BlockedReason = BlockReason;

const steps: Readonly<Record<ExportStepName, (context: ExportContext) => Promise<void>>> = {
  organization: exportOrganization,
  location: (context) => exportRecords(context, 'location'),
  manufacturer: exportManufacturers,
  model: exportModels,
  contact: (context) => exportRecords(context, 'contact'),
  configuration: (context) => exportRecords(context, 'configuration'),
  password: (context) => exportRecords(context, 'password'),
  attachment: exportAttachments,
  lists: exportWords,
};

/** The many of a client are planned by their links alone; opening them all would take longer than the rest of the plan. */
const outlined: readonly KindName[] = ['configuration', 'password', 'attachment', 'model'];
const planned = { outlined, whole: kindNames.filter((kind) => !outlined.includes(kind)) };

/** How often a step tells Temporal that it is alive, well within the heartbeat timeout, also while one request takes long. */
const aliveEveryMs = 4_000;

/** The steps of an export. Each goes on from the ledger, so each may be repeated. */
export function exportSteps(dependencies: Dependencies) {
  const lookupsByRun = new LookupsByRun();
  const inline = new InlineSteps();
  const deps = { ...dependencies, lookupsByRun };

  async function runLanes(input: StepInput, lanes: readonly (readonly ExportStepName[])[]): Promise<void> {
    const activity = Context.current();
    const ending = endingOf(activity);
    // Every request under way listens to it.
    setMaxListeners(0, ending.cut);
    await inline.run(activity, () => whileAlive((alive) => inLanes(lanes, (step) => runStep({ ...input, resource: step }, ending, alive))));
  }

  async function runStep(input: StepInput & { resource: ExportStepName }, ending: Ending, alive: () => void): Promise<void> {
    await atItGlue(deps, input.tenantId, async (connected) => {
      const context = await openContext(connected, deps, input, ending, alive);
      try {
        await steps[input.resource](context);
      } catch (error) {
        // What failed may have failed because the account's lists have changed.
        lookupsByRun.forget(input.exportId);
        // Stopped: a failure that another attempt would have mended is none any more.
        throw ending.stop.aborted && !(error instanceof Blocked) ? ending.stop.reason : error;
      }
    });
  }

  async function countsOf(input: StepInput): Promise<Partial<Record<Resource, StepCounts>>> {
    const progress = await exportProgress(deps.store, { tenantId: input.tenantId, clientId: input.clientId });
    return Object.fromEntries(progress.map(({ resource, total, done, failed, skipped }) => [resource, { total, done, failed, skipped }]));
  }

  return {
    /** Writes into the ledger what will be created. @returns whether that is little enough to be created without much ado */
    async planExport(input: StepInput): Promise<'small' | 'large'> {
      const client = { tenantId: input.tenantId, clientId: input.clientId };
      const [outlines, whole, organization, connected] = await Promise.all([
        recordOutlines(deps.store, client, planned.outlined),
        recordsOfKinds(deps.store, client, planned.whole),
        settledIds(deps.store, client, ['organization']),
        deps.targets.of(client.tenantId),
      ]);
      const records: SourceRecord[] = [...outlines, ...whole];
      const { units } = planExport(records);
      if (organization.size === 0 && connected && connected.state !== 'refused') readAhead(lookupsByRun.of(input.exportId), connected.target.api, records);
      await planLedger(deps.store, client, units);
      return units.length > mostRecordsInline ? 'large' : 'small';
    },

    /** Creates everything of one resource that the ledger does not know as settled. */
    async exportResource(input: StepInput & { resource: Resource }): Promise<StepCounts> {
      await runLanes(input, [[input.resource]]);
      return (await countsOf(input))[input.resource] ?? { total: 0, done: 0, failed: 0, skipped: 0 };
    },

    /** Creates types and categories that the account lacks. */
    async exportLists(input: StepInput): Promise<void> {
      await runLanes(input, [['lists']]);
    },

    /** Several steps, lane beside lane, in the order of each lane. @returns the counts of all resources */
    async exportLanes(input: StepInput & { lanes: readonly (readonly ExportStepName[])[] }): Promise<Partial<Record<Resource, StepCounts>>> {
      await runLanes(input, input.lanes);
      return countsOf(input);
    },

    /** After a stop: finds out what became of requests whose answer was never seen. Sends nothing that writes. */
    async settleExport(input: StepInput): Promise<void> {
      await whileAlive((alive) =>
        atItGlue(deps, input.tenantId, async (connected) => {
          const { cut } = endingOf(Context.current());
          setMaxListeners(0, cut);
          const stopped = new Error('The export was stopped');
          const client = { tenantId: input.tenantId, clientId: input.clientId };
          for (const { resource } of (await exportProgress(deps.store, client)).filter((one) => one.unsettled > 0)) {
            const context = await openContext(connected, deps, { ...input, resource }, { stop: AbortSignal.abort(stopped), cut }, alive);
            await steps[resource](context).catch((error: unknown) => {
              if (error !== stopped) throw error;
            });
          }
        }),
      );
    },

    /** Says how the export ended by what the ledger holds. */
    async concludeExport(input: StepInput): Promise<ExportOutcome> {
      const client = { tenantId: input.tenantId, clientId: input.clientId };
      const counts = await ledgerCounts(deps.store, client);
      if (counts.failed) throw new Blocked('records');
      if (counts.planned || counts.intended) throw new Blocked('internal');
      const organizationId = await organizationIdOf({ store: deps.store, client });
      // Everything is there: a connection that was taken away meanwhile costs the link only.
      const webUrl = (await deps.targets.of(input.tenantId))?.target.webUrl ?? null;
      return { state: 'done', organizationId, organizationUrl: webUrl && `${webUrl}/${organizationId}` };
    },
  };
}

/** Waits for all lanes to end before the first error is passed on. */
async function inLanes(lanes: readonly (readonly ExportStepName[])[], run: (step: ExportStepName) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(
    lanes.map(async (lane) => {
      for (const step of lane) await run(step);
    }),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function whileAlive(work: (alive: () => void) => Promise<void>): Promise<void> {
  // What runs inside of its workflow's task is known to be alive by that.
  const alive = () => (Context.current().info.isLocal ? undefined : heartbeat());
  const timer = setInterval(alive, aliveEveryMs);
  try {
    await work(alive);
  } finally {
    clearInterval(timer);
  }
}
