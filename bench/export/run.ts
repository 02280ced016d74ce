import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ExportState, Preview } from '../../examples/demo/answers.js';
import type { Session } from '../../examples/demo/api.js';
import { exportWorkflowId } from '../../workflows/contract.js';

/** How one export went, by the Temporal server's record of its workflow. */
export interface ExportRun {
  readonly seconds: number;
  /** Moments of the server's clock, ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly history: { readonly events: number; readonly bytes: number; readonly largestPayload: number };
}

/** Longer than any export takes here, rate limit included. */
const patienceMs = 10 * 60_000;

/** Lets a preview be built and decides on its spellings, as a person does before an export. @returns its id */
export async function preview(session: Session, clientId: string): Promise<string> {
  let shown = await session.post<Preview>(`/clients/${clientId}/previews`);
  for (const until = Date.now() + patienceMs; shown.state === 'building'; ) {
    if (Date.now() > until) throw new Error('The preview was not built in time');
    await sleep(200);
    shown = await session.get<Preview>(`/clients/${clientId}/previews/${shown.id}`);
  }
  const bands = (['same', 'probable'] as const).map((band) => ({ band, choice: 'keep_new' }));
  await session.post(`/clients/${clientId}/previews/${shown.id}/spellings`, { bands });
  return shown.id;
}

/** Exports the client through the API and waits for the end. @throws when the export needs a person */
export async function runExport(session: Session, temporal: Client, clientId: string, previewId: string): Promise<ExportRun> {
  await session.post(`/clients/${clientId}/exports`, { previewId });
  let exportId: string;
  for (const until = Date.now() + patienceMs; ; await sleep(250)) {
    const { id, state, message } = await session.get<ExportState & { id: string }>(`/clients/${clientId}/exports/current`);
    if (state === 'blocked') throw new Error(`The export is blocked: ${message ?? ''}`);
    exportId = id;
    if (state === 'done') break;
    if (Date.now() > until) throw new Error('The export did not end in time');
  }
  const workflow = temporal.workflow.getHandle(exportWorkflowId(clientId, exportId));
  const { startTime, closeTime, historyLength, historySize } = await workflow.describe();
  const [startedAt, endedAt] = [startTime.getTime(), closeTime!.getTime()];
  const history = { events: historyLength, bytes: historySize ?? 0, largestPayload: largestPayload(await workflow.fetchHistory()) };
  return { seconds: (endedAt - startedAt) / 1_000, startedAt, endedAt, history };
}

/** Bytes of the largest payload anywhere in the history, encrypted as it is stored. */
function largestPayload(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((most: number, inner: unknown) => Math.max(most, largestPayload(inner)), 0);
}
