import { mkdir } from 'node:fs/promises';
import { compareWithItGlue, organizationIds, type Comparison, type Sample } from '../compare.js';
import { Session } from './api.js';
import type { Certificate, Client, ExportRecord, SavedRecord } from './answers.js';
import { named, signIn, type Cast, type Player } from './cast.js';
import { checkDownloads, saveDownloads, type Download } from './downloads.js';
import { createClient, everything, filesOf, fillForm, importFile, submitAndApprove, uploadAttachments } from './entering.js';
import { decideMappings, decideSpellings, followExport, makePreview, startExport, tellPreview, untilStage } from './exporting.js';
import { rowsOf, tellRows, untilNoExecutions, type Rows } from './emptiness.js';
import { newestMail, signInByMail, warningsOf } from './mailbox.js';
import type { Narrator } from './narrator.js';
import { leftBehind, untilPurged } from './retention.js';
import type { StackAddress } from './stack.js';

/** What the demo writes with `--json`. */
export interface Summary {
  readonly client: { readonly id: string; readonly company: string };
  readonly organizationId: string | null;
  readonly expected: Comparison['expected'];
  readonly found: Comparison['found'];
  /** Everything that was not as it should be, in words; empty when all is well. */
  readonly mismatches: readonly string[];
  readonly downloads: readonly Download[];
  readonly retention: { readonly purgeAt: string | null; readonly seconds: number | null };
  readonly warnings: readonly { readonly at: string; readonly subject: string }[];
  readonly purged: { readonly at: string | null; readonly leftBehind: readonly string[]; readonly recordLeft: boolean; readonly certificate: Certificate | null; readonly rowsLeft: Rows };
  readonly seconds: number;
}

export interface Stage {
  readonly stack: StackAddress;
  readonly sample: Sample;
  /** Folder for what is downloaded. */
  readonly folder: string;
  readonly narrator: Narrator;
}

/** The whole main job, from a new client to a purged one. */
export async function play(stage: Stage): Promise<Summary> {
  const { stack, sample, folder, narrator } = stage;
  const started = Date.now();
  const cast = await signIn(stack, narrator);
  narrator.line(`tenant: ${cast.tenant}`);

  const mailsBefore = await newestMail(stack.mailUrl);
  const client = await enterSales(stage, cast);
  await enterAccounting(stage, cast, client.id, mailsBefore);
  const attachmentId = await enterMsp(stage, cast, client.id, mailsBefore);
  await signOff(stage, cast, client.id);

  narrator.step(named(cast.engineer), 'looks at the preview');
  const preview = await makePreview(cast.engineer.session, client.id);
  tellPreview(narrator, preview);
  await decideSpellings(narrator, cast.engineer.session, client.id, preview);
  await decideMappings(narrator, cast.engineer.session, client.id, preview);

  narrator.step(named(cast.engineer), 'starts the export');
  const before = await organizationIds(stack.itGlue, client.company);
  const chosen = { company: client.company, ...(await startExport(cast.engineer.session, client.id, preview)) };
  const exported = await followExport(narrator, cast.engineer.session, client.id);
  const kept = await untilStage(cast.manager.session, client.id, 'retention');
  narrator.good(`organization ${exported.organizationId}: ${exported.organizationUrl}`);

  narrator.step(named(cast.engineer), 'downloads everything before it is removed');
  await mkdir(folder, { recursive: true });
  const saved = await saveDownloads(cast.engineer.session, client.id, folder);
  const downloads = await checkDownloads(narrator, saved, sample, client.company);

  narrator.step('The demo', 'reads IT Glue through its own API and compares it with the sample, record by record');
  const comparison = await compareWithItGlue(sample, stack.itGlue, chosen, before);
  tellComparison(narrator, comparison);

  narrator.step('The product', 'keeps the data for the retention of this tier, then removes it for good');
  const rowsBefore = await rowsOf(stack.insides, client.id);
  const record = await untilPurged(narrator, cast, kept);
  const warnings = await tellWarnings(stage, client.company, mailsBefore);
  tellCertificate(narrator, record);

  narrator.step('The demo', 'looks for what is left: through the API, in the database and in Temporal');
  const rowsLeft = await rowsOf(stack.insides, client.id);
  const left = [...(await leftBehind(cast, client.id, attachmentId)), ...tellRows(narrator, rowsBefore, rowsLeft), ...(await untilNoExecutions(narrator, stack.insides, client.id))];
  tellPurge(narrator, record, left);

  const recordProblems = problemsOfRecord(record, comparison, exported.organizationId);
  for (const problem of recordProblems) narrator.bad(problem);
  return {
    client: { id: client.id, company: client.company },
    organizationId: exported.organizationId,
    expected: comparison.expected,
    found: comparison.found,
    mismatches: [...comparison.mismatches.map((one) => one.message), ...downloads.flatMap((one) => one.problems), ...warnings.problems, ...left, ...recordProblems],
    downloads,
    retention: { purgeAt: kept.purgeAt, seconds: secondsBetween(record.exportedAt, kept.purgeAt) },
    warnings: warnings.mails,
    purged: { at: record.purgedAt, leftBehind: left, recordLeft: record.clientId === client.id, certificate: record.certificate, rowsLeft },
    seconds: Math.round((Date.now() - started) / 100) / 10,
  };
}

async function enterSales({ sample, narrator }: Stage, cast: Cast): Promise<Client> {
  narrator.step(named(cast.salesRep), 'creates the client and fills the sales section');
  const client = await createClient(sample, cast);
  narrator.line(`${client.company}; engineer ${cast.engineer.name}, manager ${cast.manager.name}`);
  const { session } = cast.salesRep;
  await fillForm(session, client.id, 'company', { ...sample.forms.company, company: client.company });
  await fillForm(session, client.id, 'sales-contact', sample.forms['sales-contact']);
  await fillForm(session, client.id, 'accounting-contact', sample.forms['accounting-contact']);
  narrator.line('forms: company, sales contact, accounting contact');
  await submitAndApprove(narrator, client.id, 'sales', cast.salesRep, cast.manager);
  return client;
}

async function enterAccounting(stage: Stage, cast: Cast, client: string, mailsBefore: number): Promise<void> {
  const { sample, narrator } = stage;
  const accountant = await welcome(stage, sample.forms['accounting-contact'], 'accounting', mailsBefore);
  narrator.step(named(accountant), 'fills the accounting section');
  await fillForm(accountant.session, client, 'accountant', sample.forms.accountant);
  await fillForm(accountant.session, client, 'current-msp', sample.forms['current-msp']);
  narrator.line('forms: accountant, current MSP');
  for (const file of filesOf(sample, 'accounting')) await importFile(narrator, accountant.session, client, sample, file);
  await submitAndApprove(narrator, client, 'accounting', accountant, cast.engineer);
}

/** Gives the id of one attachment, to look for after the purge. */
async function enterMsp(stage: Stage, cast: Cast, client: string, mailsBefore: number): Promise<string | null> {
  const { sample, narrator } = stage;
  const msp = await welcome(stage, sample.forms['current-msp'], 'msp', mailsBefore);
  narrator.step(named(msp), 'hands over what the outgoing MSP knows');
  for (const file of filesOf(sample, 'msp')) await importFile(narrator, msp.session, client, sample, file);
  await uploadAttachments(narrator, msp.session, client, sample);
  await submitAndApprove(narrator, client, 'msp', msp, cast.engineer);
  const attachments = await everything<SavedRecord>(cast.engineer.session, `/clients/${client}/attachments`);
  return attachments[0]?.id ?? null;
}

/** An outside person comes in by the mails that they got: to this client and this section only. */
async function welcome({ stack, narrator }: Stage, contact: { firstName?: unknown; lastName?: unknown; email?: unknown }, section: 'accounting' | 'msp', mailsBefore: number): Promise<Player> {
  const name = `${String(contact.firstName)} ${String(contact.lastName)}`;
  const role = section === 'accounting' ? 'accountant' : 'outgoing MSP';
  narrator.step(`${name} (${role})`, 'follows the link in the invitation and signs in with the code from a second mail');
  const { userId, token } = await signInByMail(stack, String(contact.email), mailsBefore);
  const session = new Session(stack.apiUrl, token, (message) => narrator.line(message));
  narrator.line(`${name} can now see this client and this section, nothing else`);
  return { id: userId, name, role, session };
}

async function signOff({ narrator }: Stage, cast: Cast, client: string): Promise<void> {
  for (const player of [cast.engineer, cast.manager]) {
    narrator.step(named(player), 'signs off');
    const { stage } = await player.session.post<{ stage: string }>(`/clients/${client}/sign-off`);
    narrator.line(`stage: ${stage}`);
  }
  await untilStage(cast.manager.session, client, 'ready');
}

function tellComparison(narrator: Narrator, { expected, found, mismatches }: Comparison): void {
  const kinds = Object.keys(expected) as (keyof Comparison['expected'])[];
  narrator.table([['record', 'expected', 'found'], ...kinds.map((kind) => [kind, String(expected[kind]), String(found[kind])])]);
  for (const { message } of mismatches.slice(0, 20)) narrator.bad(message);
  if (mismatches.length > 20) narrator.bad(`and ${mismatches.length - 20} more`);
  if (mismatches.length === 0) narrator.good('every field, every reference and every file is there, once');
}

/** The warnings that managers got by mail. */
async function tellWarnings({ stack, narrator }: Stage, company: string, mailsBefore: number) {
  const caught = await warningsOf(stack.mailUrl, company, mailsBefore);
  for (const { receivedAt, to, subject } of caught) narrator.line(`mail of ${receivedAt.slice(11, 19)} to ${to}: ${subject}`);
  const told = caught.map(({ to, subject }) => `${to} ${subject}`);
  const problems = [...(caught.length === 0 ? ['nobody was warned before the end of retention'] : []), ...(new Set(told).size < told.length ? ['somebody was warned twice of the same'] : [])];
  for (const problem of problems) narrator.bad(problem);
  if (problems.length === 0) narrator.good(`${caught.length} warnings before the end, none doubled`);
  return { problems, mails: caught.map(({ receivedAt, subject }) => ({ at: receivedAt, subject })) };
}

function tellCertificate(narrator: Narrator, { certificate }: ExportRecord): void {
  if (!certificate) return narrator.bad('there is no certificate of the removal');
  const removed = Object.entries(certificate.removed).map(([kind, count]) => `${count} ${kind}`);
  narrator.line('certificate of removal');
  narrator.line(`  key destroyed  ${certificate.keyDestroyedAt}`);
  narrator.line(`  finished       ${certificate.finishedAt}`);
  narrator.line(`  by policy      ${certificate.policy}`);
  for (let at = 0; at < removed.length; at += 6) narrator.line(`  ${at === 0 ? 'removed       ' : '              '} ${removed.slice(at, at + 6).join(', ')}`);
  narrator.line(`  SHA-256        ${certificate.sha256}`);
}

function tellPurge(narrator: Narrator, record: ExportRecord, left: readonly string[]): void {
  for (const one of left) narrator.bad(one);
  if (left.length === 0) narrator.good('the data is gone: lists, forms, files and downloads of this client');
  narrator.good(`the record of export is left: ${record.company ?? 'company name not kept'}, organization ${record.organizationId}, removed ${record.purgedAt}`);
  narrator.line(`approved by: ${record.approvals.map((one) => `${one.section} ${one.role ?? 'nobody'}`).join(', ')}`);
}

/** What stays for ever must be right too. */
function problemsOfRecord(record: ExportRecord, { expected }: Comparison, organizationId: string | null): string[] {
  const wrong = Object.entries(expected).filter(([kind, count]) => record.counts[kind] !== undefined && kind !== 'manufacturer' && kind !== 'model' && record.counts[kind] !== count);
  return [
    ...wrong.map(([kind, count]) => `record of export: ${kind} counts ${record.counts[kind]}, expected ${count}`),
    ...(record.certificate ? [] : ['record of export: there is no certificate of the removal']),
    ...(record.organizationId === organizationId ? [] : ['record of export: names another organization']),
  ];
}

const secondsBetween = (from: string | null, to: string | null) => (from && to ? Math.round((Date.parse(to) - Date.parse(from)) / 1_000) : null);
