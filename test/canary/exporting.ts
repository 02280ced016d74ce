/** The export through everything that goes wrong: refusals that repeat what was sent, a worker that is killed, a crash of API and database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ApiProblem, type Session } from '../../examples/demo/api.js';
import type { SavedRecord } from '../../examples/demo/answers.js';
import { previewClient } from '../faults/person.js';
import { longestName, type Collected } from './collecting.js';
import { as, says, type World } from './people.js';
import { until } from './stack.js';

interface Progress {
  readonly state: 'running' | 'blocked' | 'done';
  readonly blockedBy: string | null;
  readonly progress: readonly { readonly kind: string; readonly done: number; readonly total: number }[];
  readonly failures: readonly { readonly recordId: string; readonly message: string }[];
}

/** @param meanwhile done while Temporal waits for a worker that is dead */
export async function exportClient(world: World, collected: Collected, meanwhile: () => Promise<void>): Promise<void> {
  const { stack } = world;
  const engineer = as(world, 'onboarding_engineer');
  const client = `/clients/${collected.clientId}`;
  const standIn = await stack.standIn();
  await standIn.switch({ maxNameLength: longestName, refusalWords: 'repeatsValues' });

  world.report('export: the database is killed while the preview is made, worker and API while records are on their way');
  const [previewId] = await Promise.all([previewThrough(engineer, collected.clientId), stack.crash('postgres', 'SIGKILL')]);
  // Requests stall, so that the worker dies with records on their way.
  await standIn.setFaults([{ fault: 'stallBefore', method: 'POST', route: '/organizations/*/relationships/configurations', ms: 3_000, times: 1 }]);
  await engineer.post(`${client}/exports`, { previewId });
  await until('the export is under way', async () => (await look(engineer, client)).progress.some(({ kind, done }) => kind === 'location' && done > 0));
  await stack.crash('worker', 'SIGKILL');
  // Until Temporal believes the worker's steps dead there is time for another accident.
  await stack.crash('api', 'SIGSEGV');

  await meanwhile();

  const blocked = await untilState(engineer, client, 'blocked');
  world.report(`export: ${blocked.failures.length} refusals that repeat what was sent; one record is left out, one corrected`);
  await settle(world, client, collected, blocked);
  await engineer.post(`${client}/exports/retry`);
  await untilState(engineer, client, 'done');
}

/** A request that the death of the database broke off counts as running for a minute: it is sent anew, as another one. */
async function previewThrough(session: Session, clientId: string): Promise<string> {
  try {
    return await previewClient(session, clientId);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'request_running') throw error;
    return previewThrough(session, clientId);
  }
}

async function settle(world: World, client: string, { refused }: Collected, { failures }: Progress): Promise<void> {
  const [engineer, manager] = [as(world, 'onboarding_engineer'), as(world, 'manager')];
  const others = failures.filter(({ recordId }) => !Object.values(refused).includes(recordId));
  if (others.length > 0) throw new Error(`The export waits for records that were not to be refused: ${others.map(({ message }) => message).join('; ')}`);
  await manager.post(`${client}/exports/current/skips`, { records: [{ recordId: refused.skip, reason: says(world, 'skip.reason') }] });
  const at = `${client}/passwords/${refused.correct}`;
  const { version } = await engineer.get<SavedRecord>(at);
  await engineer.send('PATCH', at, { json: { version, fields: { name: world.canaries.make('corrected password.name').value } } });
  for (const who of [engineer, manager]) await who.post(`${client}/sign-off`);
}

/** Everything that a person may take home: in each format without secrets, and once with them, behind a passphrase. */
export async function download(world: World, { clientId }: Collected): Promise<void> {
  const { stack, canaries } = world;
  const engineer = as(world, 'onboarding_engineer');
  const downloads = `/clients/${clientId}/downloads`;
  const secret = { format: 'json', passwords: 'include', passphrase: canaries.make('download passphrase', 'word', (core) => `${core} and some words`).value };
  const wanted = [...['json', 'csv', 'xlsx'].map((format) => ({ format, attachments: 'include' })), secret];
  for (const body of wanted) {
    const { id } = await engineer.post<{ id: string }>(downloads, body);
    await until('a download is built', async () => (await engineer.get<{ state: string }>(`${downloads}/${id}`)).state === 'ready');
    const answer = await engineer.open(`${downloads}/${id}/content`);
    await pipeline(answer.body!, createWriteStream(join(stack.saved, `${body === secret ? 'with-passwords' : body.format}.zip`)));
  }
}

/** Files about many clients, narrowed down by words that must not be kept with the note of the download. */
export async function downloadLists(world: World): Promise<void> {
  const manager = as(world, 'manager');
  const word = (what: string) => encodeURIComponent(world.canaries.make(`searched: ${what}`).value);
  for (const path of [`/audit/download?text=${word('audit trail')}`, `/audit?text=${word('audit list')}`, `/clients?search=${word('clients')}`, `/export-records?company=${word('records')}`, `/export-records/report/csv?company=${word('report')}`]) {
    await (await manager.open(path)).body?.cancel();
  }
}

const look = (session: Session, client: string) => session.get<Progress>(`${client}/exports/current`);

async function untilState(session: Session, client: string, state: Progress['state']): Promise<Progress> {
  for (const deadline = Date.now() + 240_000; Date.now() < deadline; await sleep(250)) {
    const now = await look(session, client);
    if (now.state === state) return now;
    if (now.state !== 'running') throw new Error(`The export should be ${state} but is ${now.state} (${now.blockedBy ?? ''})`);
  }
  throw new ApiProblem(0, 'too_late', `The export is not ${state}`, '', []);
}
