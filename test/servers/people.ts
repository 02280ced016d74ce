/** The demo tenant's people at one API, and what the test has them do. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from 'undici';
import type { Sample } from '../../examples/compare.js';
import type { Client, ExportState, Page } from '../../examples/demo/answers.js';
import type { Session } from '../../examples/demo/api.js';
import type { Cast } from '../../examples/demo/cast.js';
import { fillForm } from '../../examples/demo/entering.js';
import { Narrator } from '../../examples/demo/narrator.js';
import type { StackAddress } from '../../examples/demo/stack.js';
import type { DemoTenant } from '../../store/seed.js';
import type { Servers } from './servers.js';

/** Tells its story to nobody. */
export class SilentNarrator extends Narrator {
  override heading(): void {}
  override step(): void {}
  override line(): void {}
  override good(): void {}
  override table(): void {}
  override progress(): void {}
  override waiting(): void {}
}

export function stackAt(apiUrl: string, servers: Servers, tenant: DemoTenant): StackAddress {
  const insides = { databaseUrl: servers.databaseUrl, temporal: { address: servers.temporalAddress, namespace: 'default' } };
  return { insides, apiUrl, itGlue: servers.itGlue, mailUrl: servers.mail.webUrl, users: tenant.users, origin: 'real servers', end: () => Promise.resolve() };
}

/** A client whose sales section can be submitted. */
export async function enterSales(cast: Cast, sample: Sample, company: string): Promise<Client> {
  const { session, id } = cast.salesRep;
  const client = await session.post<Client>('/clients', { company, salesRepId: id, managerId: cast.manager.id, engineerId: cast.engineer.id });
  await fillForm(session, client.id, 'company', { ...sample.forms.company, company });
  await fillForm(session, client.id, 'sales-contact', sample.forms['sales-contact']);
  await fillForm(session, client.id, 'accounting-contact', sample.forms['accounting-contact']);
  return client;
}

export interface Decided {
  readonly status: number;
  readonly decisionId: string | undefined;
}

/** Submits the sales section by one request, which is not repeated. */
export async function submitOnce(apiUrl: string, token: string, clientId: string, key: string = randomUUID()): Promise<Decided> {
  const answer = await fetch(`${apiUrl}/v1/clients/${clientId}/sections/sales/submit`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
    signal: AbortSignal.timeout(30_000),
  });
  const { decisionId } = (await answer.json()) as { decisionId?: string };
  return { status: answer.status, decisionId };
}

export interface RunningExport {
  readonly clientId: string;
  /** 0 to 1 */
  readonly share: number;
}

/** Waits until the tenant's one export has done that share of its records. */
export async function untilExported(session: Session, share: number, deadlineMs: number): Promise<RunningExport> {
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline) {
    const { items } = await session.get<Page<Client>>('/clients', { limit: 100 });
    const client = items.find((one) => one.stage === 'exporting');
    const now = client ? await shareOf(session, client.id) : 0;
    if (client && now >= share) return { clientId: client.id, share: now };
    await sleep(100);
  }
  throw new Error(`No export came to ${share * 100} % within ${deadlineMs / 1_000} s`);
}

export async function shareOf(session: Session, clientId: string): Promise<number> {
  const { progress } = await session.get<ExportState>(`/clients/${clientId}/exports/current`);
  const total = progress.reduce((sum, one) => sum + one.total, 0);
  return total === 0 ? 0 : progress.reduce((sum, one) => sum + one.done + one.skipped, 0) / total;
}
