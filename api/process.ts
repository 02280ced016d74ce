import type { ClientIds, ConnectionInput, DecisionAnswer, DecisionMessage, DownloadInput, PreviewInput, StopReason } from '../workflows/contract.js';

/** The process could not be asked in time. Nothing is known of what it did; see `withdrawDecision`. */
export class ProcessUnavailable extends Error {
  override name = 'ProcessUnavailable';
  constructor(readonly reason: 'no_worker' | 'temporal_unavailable') {
    super(reason);
  }
}

/**
 * What the API asks of the durable process of a client. Every call ends by its deadline.
 * @throws {ProcessUnavailable} when no answer came in time
 */
export interface OnboardingProcess {
  /** Starts the client's workflow; one that runs already is left as it is. */
  start(client: ClientIds, deadline: Date): Promise<void>;
  /**
   * Puts a decision that was proposed to the client's workflow and waits until it is carried out.
   * `attempt` tells a repetition after a withdrawal from the first try. A refusal comes back as the store's `Refusal`.
   */
  decide(client: ClientIds, message: DecisionMessage, attempt: number, deadline: Date): Promise<DecisionAnswer>;
  /** Has a preview built. @returns whether it was done by the deadline */
  buildPreview(preview: PreviewInput, deadline: Date): Promise<'ended' | 'running'>;
  /** Has a download built. @returns whether it was done by the deadline */
  buildDownload(download: DownloadInput, deadline: Date): Promise<'ended' | 'running'>;
  /** Has the makes and models of the tenant's account read again. One reading at a time; not waited for. */
  refreshCatalogue(tenantId: string, deadline: Date): Promise<void>;
  /**
   * Asks a running export to stop at its next safe point. `stopping`: it has heard it; `waiting`: no worker answers, the
   * request is kept and takes effect when one does; `absent`: there is no such export under way.
   */
  stopExport(run: ClientIds & { readonly exportId: string }, reason: StopReason, deadline: Date): Promise<'stopping' | 'waiting' | 'absent'>;
  /**
   * Has a tenant's IT Glue connection tried out; where it works, exports that waited for it go on. `running`: it takes longer;
   * `waiting`: no worker answers, the test is kept and runs when one does.
   */
  testConnection(connection: ConnectionInput, deadline: Date): Promise<'ended' | 'running' | 'waiting'>;
  /** Whether the workflow service answers. */
  check(deadline: Date): Promise<boolean>;
}
