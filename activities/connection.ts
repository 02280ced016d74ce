import { cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { v5 } from 'uuid';
import { testedLists, type ConnectionState, type ConnectionTest, type PasswordAccess, type TestedList } from '../domain/it-glue-connection.js';
import { ItGlueError } from '../it-glue/index.js';
import {
  connectionsNearLapse,
  connectionsWaitedFor,
  exportedPassword,
  noteTest,
  parkedExports,
  proposeDecision,
  unfinishedOrganization,
  type ClientKey,
  type Store,
  tellOfLapsingKey,
} from '../store/index.js';
import { decisionUpdates, failureTypes, lifecycleId, type ConnectionInput } from '../workflows/contract.js';
import type { Connected, Dependencies } from './dependencies.js';
import { inParallel } from './export/in-parallel.js';
import { whileAlive } from './while-alive.js';

/** Tries a tenant's connection out. On the queue of IT Glue. */
export function connectionTests(deps: Pick<Dependencies, 'store' | 'targets'>) {
  return {
    /**
     * Reads the account's lists and notes what came of it. Writes nothing to IT Glue, and reads only lists that belong to no
     * organization, and organizations of our own making.
     * @returns the connection's state, or null when it was changed meanwhile
     */
    async testConnection({ tenantId, version }: ConnectionInput): Promise<ConnectionState | null> {
      const connected = await deps.targets.of(tenantId);
      if (!connected || connected.version !== version) return null;
      return whileAlive(async () => noteTest(deps.store, tenantId, version, await tryOut(deps.store, tenantId, connected, cancellationSignal())));
    },
  };
}

async function tryOut(store: Store, tenantId: string, { target: { api } }: Connected, signal: AbortSignal): Promise<ConnectionTest> {
  const lists: Partial<Record<TestedList, 'readable' | 'no_access'>> = {};
  try {
    // The first one tells whether the key is accepted at all; the others, what it may read.
    await api.organizationStatuses.list({ signal });
    for (const list of testedLists) lists[list] = await readable(() => api[list].list({ signal }));
    const organizationId = await unfinishedOrganization(store, tenantId);
    if (organizationId && (await readable(() => api.organizations.show(organizationId, { signal }))) === 'no_access') {
      return { result: 'other_account', lists, passwords: 'unknown' };
    }
    const passwords = await passwordAccess(store, tenantId, api, signal);
    return { result: Object.values(lists).includes('no_access') ? 'limited' : 'working', lists, passwords };
  } catch (error) {
    if (!(error instanceof ItGlueError)) throw error;
    return { result: error.kind === 'badKey' ? 'key_refused' : 'unreachable', lists, passwords: 'unknown' };
  }
}

async function readable(read: () => Promise<unknown>): Promise<'readable' | 'no_access'> {
  try {
    await read();
    return 'readable';
  } catch (error) {
    if (isClosed(error)) return 'no_access';
    throw error;
  }
}

/** A key that is accepted elsewhere may be kept from one address in the same words as a bad one. */
const isClosed = (error: unknown) => error instanceof ItGlueError && ['noAccess', 'notFound', 'badKey'].includes(error.kind);

/** Told by a password of an earlier export: IT Glue leaves its value out for a key without the permission. */
async function passwordAccess(store: Store, tenantId: string, api: Connected['target']['api'], signal: AbortSignal): Promise<PasswordAccess> {
  const passwordId = await exportedPassword(store, tenantId);
  if (!passwordId) return 'unknown';
  try {
    return (await api.passwords.mayReadValue(passwordId, { signal })) ? 'yes' : 'no';
  } catch (error) {
    // Somebody may have removed it since, or it is in another account.
    if (isClosed(error)) return 'unknown';
    throw error;
  }
}

// Any fixed UUID will do: it keeps these names apart from names that others derive.
const resumeNamespace = '0f9c2a44-3d52-4f6e-8f44-52b1c7a0d9e3';
/** How long one client's workflow may take to hear of it; the rest is tried again. */
const resumeMs = 20_000;

/** What follows from a connection that works. On the queue of the lifecycle. */
export function connectionActivities({ store, temporal }: Pick<Dependencies, 'store' | 'temporal'>) {
  return {
    /**
     * Lets every export go on that waits for the tenant's connection. Each parked run is continued once: the decision's id is
     * made from the run's, so a repetition finds it taken, and a second person's finds the export under way.
     */
    async resumeParked({ tenantId, actorId }: ConnectionInput): Promise<{ resumed: number }> {
      let resumed = 0;
      let failed = 0;
      const goOn = async (parked: ClientKey & { exportId: string }) => {
        try {
          if (await resume(parked, actorId)) resumed += 1;
        } catch (error) {
          failed += 1;
          log.warn('an export could not be continued yet', { clientId: parked.clientId, error: error instanceof Error ? error.name : 'unknown' });
        }
      };
      await whileAlive(async () => inParallel(await parkedExports(store, tenantId), goOn));
      if (failed > 0) throw new Error(`${failed} exports could not be continued yet`);
      return { resumed };
    },

    /** Connections that need somebody: keys about to lapse, and tests that exports wait for. */
    async watchConnections(): Promise<{ lapsing: { tenantId: string; version: number; lapsesAt: string }[]; waitedFor: ConnectionInput[] }> {
      const now = new Date();
      const [lapsing, waitedFor] = [await connectionsNearLapse(store, now), await connectionsWaitedFor(store)];
      for (const connection of lapsing) {
        log.warn('an IT Glue key lapses soon, because nobody uses it', { tenantId: connection.tenantId, lapsesAt: connection.lapsesAt.toISOString() });
        await tellOfLapsingKey(store, connection, now);
      }
      return {
        lapsing: lapsing.map(({ tenantId, version, lapsesAt }) => ({ tenantId, version, lapsesAt: lapsesAt.toISOString() })),
        waitedFor: waitedFor.map(({ tenantId, version, keySetBy }) => ({ tenantId, version, actorId: keySetBy })),
      };
    },
  };

  async function isParked(tenantId: string, exportId: string): Promise<boolean> {
    return (await parkedExports(store, tenantId)).some((parked) => parked.exportId === exportId);
  }

  async function resume({ exportId, ...client }: ClientKey & { exportId: string }, actorId: string): Promise<boolean> {
    const decisionId = v5(`${exportId}\n${actorId}`, resumeNamespace);
    const proposed = await proposeDecision(store, { ...client, id: decisionId, action: 'retry_export', section: null, actorId, reasons: [], facts: {} });
    if (proposed.state === 'applied') return false;
    const handle = temporal.workflow.getHandle(lifecycleId(client.clientId));
    try {
      await temporal.withDeadline(Date.now() + resumeMs, () =>
        handle.executeUpdate(decisionUpdates.retry_export, {
          args: [{ decisionId, action: 'retry_export', section: null }],
          updateId: `${decisionId}:${proposed.attempt}`,
        }),
      );
      return true;
    } catch (error) {
      const refused = refusalCode(error);
      if (refused === null && !(error instanceof WorkflowNotFoundError)) throw error;
      // An export that has been parked just now may not have told its workflow yet, which refuses then: it is asked again.
      if (refused === 'wrong_stage' && (await isParked(client.tenantId, exportId))) throw error;
      log.info('an export is not continued: a person was quicker, has deleted the client, or must sign changed data off first', { clientId: client.clientId, refused });
      return false;
    }
  }
}

/** Why the workflow or the database refused a decision, or null when something else went wrong. */
function refusalCode(error: unknown): string | null {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : null;
  return cause instanceof ApplicationFailure && cause.type === failureTypes.refused ? String(cause.details?.[0]) : null;
}
