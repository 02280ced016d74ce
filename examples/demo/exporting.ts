import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './api.js';
import type { Client, ExportState, Preview } from './answers.js';
import type { Narrator } from './narrator.js';

/** How long an export may stand still: enough for a worker that is killed and started again in the middle. */
const STANDSTILL_MS = 3 * 60_000;
const PREVIEW_DEADLINE_MS = 120_000;

/** Lists that grow; an operating system that the account lacks goes into the notes. */
const mappedLists = ['configurationTypes', 'configurationStatuses', 'contactTypes', 'passwordCategories'] as const;

const plural: Readonly<Record<string, string>> = {
  organization: 'organization', location: 'locations', contact: 'contacts', manufacturer: 'manufacturers', model: 'models',
  configuration: 'configurations', password: 'passwords', attachment: 'attachments',
};

/** Asks for the preview and waits for it. */
export async function makePreview(session: Session, client: string): Promise<Preview> {
  const deadline = Date.now() + PREVIEW_DEADLINE_MS;
  let preview = await session.post<Preview>(`/clients/${client}/previews`);
  while (preview.state === 'building') {
    if (Date.now() > deadline) throw new Error(`The preview was not ready within ${PREVIEW_DEADLINE_MS / 1_000} s`);
    await sleep(500);
    preview = await session.get<Preview>(`/clients/${client}/previews/${preview.id}`);
  }
  return preview;
}

/** The preview in words, as a person would read it before saying yes. */
export function tellPreview(narrator: Narrator, preview: Preview): void {
  const { target, newMakes, newModels, clientFiles } = preview;
  // Somebody may have given the demo's tenant a connection to a real account meanwhile.
  if (!target.standIn) throw new Error(`The demo only writes to the stand-in, but its tenant is connected to ${target.apiUrl}`);
  narrator.line(`target: ${target.words}`);
  const counts = Object.entries(preview.counts).map(([kind, count]) => `${count} ${count === 1 ? kind : (plural[kind] ?? kind)}`);
  narrator.line(`will be created: ${counts.join(', ')}`);
  narrator.line(`new manufacturers for the whole account: ${newMakes.length} (${newMakes.slice(0, 6).join(', ')}${newMakes.length > 6 ? ', ...' : ''})`);
  narrator.line(`new models: ${newModels.length} (${newModels.slice(0, 4).map((one) => `${one.make} ${one.model}`).join(', ')}${newModels.length > 4 ? ', ...' : ''})`);
  const words = mappedLists.flatMap((list) => preview.lookups[list].filter((one) => one.entry === null).map((one) => one.word));
  if (words.length > 0) narrator.line(`new types, statuses and categories: ${words.join(', ')}`);
  narrator.line(`${preview.vendorContacts.length} vendors become contacts; ${clientFiles.count} files of the whole client go to ${clientFiles.host ?? 'no site'}`);
  for (const { title, keptInNotes } of preview.sites) {
    if (keptInNotes.length > 0) narrator.line(`kept in the notes of ${title}: ${keptInNotes.join(', ')}`);
  }
  for (const { title, message } of preview.withoutHome.slice(0, 10)) narrator.line(`left out: ${title}: ${message}`);
  if (preview.withoutHome.length > 10) narrator.line(`left out: and ${preview.withoutHome.length - 10} more`);
  if (preview.problems.length === 0) narrator.good('no problems');
  for (const { title, message } of preview.problems.slice(0, 10)) narrator.bad(`${title}: ${message}`);
  if (preview.problems.length > 10) narrator.bad(`and ${preview.problems.length - 10} more`);
}

export interface Started {
  readonly organizationType: string | null;
  readonly organizationStatus: string | null;
}

/**
 * Answers the spelling assistant: the demo compares spelling by spelling, so what looks like an existing entry is kept as
 * new. An engineer would mostly use the existing one.
 */
export async function decideSpellings(narrator: Narrator, session: Session, client: string, preview: Preview): Promise<void> {
  const suggested = preview.spelling.filter((row) => row.suggestion !== null && row.decided === null);
  if (suggested.length === 0) return;
  const [first] = suggested;
  narrator.line(`${suggested.length} makes and models look like existing ones, such as ${first!.typed.manufacturer} ${first!.typed.model}: ${first!.suggestion!.reason}`);
  const bands = (['same', 'probable'] as const).map((band) => ({ band, choice: 'keep_new' }));
  await session.post(`/clients/${client}/previews/${preview.id}/spellings`, { bands });
  narrator.line('the demo keeps them as new, since it compares what was entered with what arrived');
}

/**
 * Answers for words that look like existing entries of the account's lists: the demo keeps them as new, for the same reason.
 */
export async function decideMappings(narrator: Narrator, session: Session, client: string, preview: Preview): Promise<void> {
  const mappings = mappedLists.flatMap((list) => preview.lookups[list].filter((one) => one.undecided).map(({ word }) => ({ list, word, choice: 'create' })));
  if (mappings.length === 0) return;
  await session.put(`/clients/${client}/previews/${preview.id}/mappings`, { mappings });
  narrator.line(`kept as new: ${mappings.map((one) => one.word).join(', ')}`);
}

/** Starts the export with the organization type and status that a client usually gets. */
export async function startExport(session: Session, client: string, preview: Preview): Promise<Started> {
  const pick = (list: Preview['organizationTypes'], wanted: string) => list.find((one) => one.name === wanted) ?? list[0];
  const type = pick(preview.organizationTypes, 'Customer');
  const status = pick(preview.organizationStatuses, 'Active');
  await session.post(`/clients/${client}/exports`, {
    previewId: preview.id,
    ...(type ? { organizationTypeId: type.id } : {}),
    ...(status ? { organizationStatusId: status.id } : {}),
  });
  return { organizationType: type?.name ?? null, organizationStatus: status?.name ?? null };
}

/** Follows the export to its end. Throws when it stops for a person or stands still for too long. */
export async function followExport(narrator: Narrator, session: Session, client: string): Promise<ExportState> {
  let [last, deadline] = ['', Date.now() + STANDSTILL_MS];
  while (Date.now() < deadline) {
    const state = await session.get<ExportState>(`/clients/${client}/exports/current`);
    tellProgress(narrator, state.progress);
    if (state.state === 'done') return state;
    if (state.state === 'blocked') {
      for (const { title, field, message } of state.failures.slice(0, 10)) narrator.bad([title, field, message].filter(Boolean).join(': '));
      throw new Error(`The export stopped and waits for a person: ${state.message ?? 'no reason given'}`);
    }
    const now = JSON.stringify(state.progress);
    if (now !== last) [last, deadline] = [now, Date.now() + STANDSTILL_MS];
    await sleep(300);
  }
  throw new Error(`The export stood still for ${STANDSTILL_MS / 60_000} minutes`);
}

function tellProgress(narrator: Narrator, progress: ExportState['progress']): void {
  const total = sum(progress.map((one) => one.total));
  const done = sum(progress.map((one) => one.done + one.skipped));
  const current = progress.find((one) => one.done + one.skipped + one.failed < one.total);
  const text = current ? `${plural[current.kind] ?? current.kind} ${current.done} of ${current.total}` : `${done} of ${total} records`;
  if (total > 0) narrator.progress(done / total, text);
}

/** The client when its stage has followed the export. */
export async function untilStage(session: Session, client: string, stage: string): Promise<Client> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await session.get<Client>(`/clients/${client}`);
    if (found.stage === stage) return found;
    if (Date.now() > deadline) throw new Error(`The client should be in the stage ${stage} but is in ${found.stage}`);
    await sleep(250);
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
