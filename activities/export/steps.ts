import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import { kindNames, type KindName } from '../../domain/kinds/index.js';
import { planExport, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import { exportProgress, ledgerCounts, planLedger, recordOutlines, recordsOfKinds, settledIds, type BlockReason, type ClientKey, type ExportOutcome, type ExportStepName, type ResourceProgress } from '../../store/index.js';
import { atItGlue } from '../at-it-glue.js';
import { Blocked } from '../failures.js';
import type { Dependencies } from '../dependencies.js';
import { whileAlive } from '../while-alive.js';
import { exportAttachments } from './attachments.js';
import { openSteps, type Attempt, type ExportContext } from './context.js';
import { InlineSteps, mostRecordsInline } from './inline.js';
import { inOrder, type Lane, type Order } from './lanes.js';
import { LookupsByRun } from './lookups.js';
import { exportManufacturers } from './manufacturers.js';
import { exportModels } from './models.js';
import { exportOrganization, organizationIdOf } from './organization.js';
import { readAhead } from './read-ahead.js';
import { exportRecords } from './records.js';
import { sourceInMemory, sourceInStore, type Source } from './source.js';
import { endingOf } from './stopping.js';
import { exportWords } from './words.js';

export type StepInput = ClientKey & { readonly exportId: string };
export type StepCounts = Pick<ResourceProgress, 'total' | 'done' | 'failed' | 'skipped'>;
export type BlockedReason = BlockReason;
export type Progress = Partial<Record<Resource, StepCounts>>;

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

/** The steps of an export. Each goes on from the ledger, so each may be repeated. */
export function exportSteps(dependencies: Dependencies) {
  const lookupsByRun = new LookupsByRun();
  const inline = new InlineSteps();
  const deps = { ...dependencies, lookupsByRun };

  async function runSteps(input: StepInput, order: Order, source: Source = sourceInStore(deps.store, clientOf(input))): Promise<void> {
    const activity = Context.current();
    const ending = endingOf(activity);
    // Every request under way listens to it.
    setMaxListeners(0, ending.cut);
    await inline.run(activity, () =>
      whileAlive((alive) =>
        atItGlue(deps, input.tenantId, async (connected) => {
          const attempt = { ...ending, source, alive };
          const contextOf = await openSteps(connected, deps, input, order.flat(2), attempt);
          await inOrder(order, (step, moved) => runStep(input, step, contextOf(step, moved), attempt), source.readAhead);
        }),
      ),
    );
  }

  async function runStep({ exportId }: StepInput, step: ExportStepName, context: ExportContext, { stop }: Attempt): Promise<void> {
    try {
      await steps[step](context);
    } catch (error) {
      // What failed may have failed because the account's lists have changed.
      lookupsByRun.forget(exportId);
      // Stopped: a failure that another attempt would have mended is none any more.
      throw stop.aborted && !(error instanceof Blocked) ? stop.reason : error;
    }
  }

  /** Writes into the ledger what will be created. @returns the records that were opened for it, and how much there is to do */
  async function plan(input: StepInput): Promise<{ opened: readonly SourceRecord[]; units: number }> {
    const client = clientOf(input);
    const [outlines, opened, organization, connected] = await Promise.all([
      recordOutlines(deps.store, client, planned.outlined),
      recordsOfKinds(deps.store, client, planned.whole),
      settledIds(deps.store, client, ['organization']),
      deps.targets.of(client.tenantId),
    ]);
    const records: SourceRecord[] = [...outlines, ...opened];
    const { units } = planExport(records);
    if (organization.size === 0 && connected && connected.state !== 'refused') readAhead(lookupsByRun.of(input.exportId), connected.target.api, records);
    await planLedger(deps.store, client, units);
    return { opened, units: units.length };
  }

  async function conclude(input: StepInput): Promise<ExportOutcome> {
    const client = clientOf(input);
    const counts = await ledgerCounts(deps.store, client);
    if (counts.failed) throw new Blocked('records');
    if (counts.planned || counts.intended) throw new Blocked('internal');
    const organizationId = await organizationIdOf({ store: deps.store, client });
    // Everything is there: a connection that was taken away meanwhile costs the link only.
    const webUrl = (await deps.targets.of(input.tenantId))?.target.webUrl ?? null;
    return { state: 'done', organizationId, organizationUrl: webUrl && `${webUrl}/${organizationId}` };
  }

  async function countsOf(input: StepInput): Promise<Progress> {
    const progress = await exportProgress(deps.store, clientOf(input));
    return Object.fromEntries(progress.map(({ resource, total, done, failed, skipped }) => [resource, { total, done, failed, skipped }]));
  }

  return {
    /** Writes into the ledger what will be created. @returns whether that is little enough to be created without much ado */
    async planExport(input: StepInput): Promise<'small' | 'large'> {
      return (await plan(input)).units > mostRecordsInline ? 'large' : 'small';
    },

    /**
     * A small export from plan to end, its records opened once.
     * @returns null when a person has asked to stop before it began, and when it is not small: then it is planned, and nothing more
     */
    async exportSmall(input: StepInput & { order: Order; asked?: 'export' | 'stop' }): Promise<{ outcome: ExportOutcome; progress: Progress } | null> {
      if (input.asked === 'stop') return null;
      const { opened, units } = await plan(input);
      if (units > mostRecordsInline) return null;
      try {
        await runSteps(input, input.order, sourceInMemory(opened, () => recordsOfKinds(deps.store, clientOf(input), planned.outlined)));
        const [outcome, progress] = await Promise.all([conclude(input), countsOf(input)]);
        return { outcome, progress };
      } catch (error) {
        throw error instanceof Blocked ? new Blocked(error.reason, await countsOf(input)) : error;
      }
    },

    /** Creates everything of one resource that the ledger does not know as settled. */
    async exportResource(input: StepInput & { resource: Resource }): Promise<StepCounts> {
      await runSteps(input, [[[input.resource]]]);
      return (await countsOf(input))[input.resource] ?? { total: 0, done: 0, failed: 0, skipped: 0 };
    },

    /** Creates types and categories that the account lacks. */
    async exportLists(input: StepInput): Promise<void> {
      await runSteps(input, [[['lists']]]);
    },

    /** Several steps, lane beside lane, in the order of each lane. @returns the counts of all resources */
    async exportLanes(input: StepInput & { lanes: readonly Lane[] }): Promise<Progress> {
      await runSteps(input, [input.lanes]);
      return countsOf(input);
    },

    /** After a stop: finds out what became of requests whose answer was never seen. Sends nothing that writes. */
    async settleExport(input: StepInput): Promise<void> {
      await whileAlive((alive) =>
        atItGlue(deps, input.tenantId, async (connected) => {
          const { cut } = endingOf(Context.current());
          setMaxListeners(0, cut);
          const stopped = new Error('The export was stopped');
          const client = clientOf(input);
          const unsettled = (await exportProgress(deps.store, client)).filter((one) => one.unsettled > 0).map((one) => one.resource);
          const attempt = { stop: AbortSignal.abort(stopped), cut, source: sourceInStore(deps.store, client), alive };
          const contextOf = await openSteps(connected, deps, input, unsettled, attempt);
          for (const step of unsettled) {
            await steps[step](contextOf(step)).catch((error: unknown) => {
              if (error !== stopped) throw error;
            });
          }
        }),
      );
    },

    /** Says how the export ended by what the ledger holds. */
    concludeExport: conclude,
  };
}

const clientOf = ({ tenantId, clientId }: StepInput): ClientKey => ({ tenantId, clientId });
