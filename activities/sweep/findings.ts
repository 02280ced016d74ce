import { log } from '@temporalio/activity';
import type { SweepKind } from '../../domain/sweep.js';
import { noteMended, noteReported, type ClientKey, type Store } from '../../store/index.js';
import type { SweepCounts } from '../../workflows/contract.js';

/** What one step of a sweep has found so far, noted as it goes. */
export interface Findings {
  readonly counts: SweepCounts;
  /** @param client null `clientId` for a client that is gone */
  mended(client: { tenantId: string; clientId: string | null }, kind: SweepKind): Promise<void>;
  reported(client: { tenantId: string; clientId: string | null }, kind: SweepKind): Promise<void>;
}

export function findings(store: Store, runId: string): Findings {
  const counts = { clients: 0, mended: 0, reported: 0 };
  const reported: Findings['reported'] = async ({ tenantId, clientId }, kind) => {
    counts.reported += 1;
    log.warn('the sweep found something that a person should look at', { kind, tenantId, clientId });
    await noteReported(store, { runId, tenantId, clientId, kind });
  };
  return {
    counts,
    reported,
    async mended({ tenantId, clientId }, kind) {
      counts.mended += 1;
      log.warn('the sweep put something right', { kind, tenantId, clientId });
      if (await noteMended(store, { runId, tenantId, clientId, kind })) await reported({ tenantId, clientId }, kind);
    },
  };
}

/** One client that cannot be mended must not keep the others waiting: it is reported. */
export async function attempt({ tenantId, clientId }: ClientKey, kind: SweepKind, noted: Findings, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error('the sweep could not put something right', { kind, clientId, error: error instanceof Error ? error.name : 'unknown' });
    await noted.reported({ tenantId, clientId }, kind);
  }
}
