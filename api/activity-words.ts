import { answerLabels, type AnswerWord } from '../domain/answers.js';
import { kindByPath, kindNames, kindOf, pageByName, type KindName, type Section } from '../domain/kinds/index.js';
import { stageWords, type Stage } from '../domain/stages.js';
import type { ReadableEntry } from '../store/index.js';

const partyWords: Readonly<Record<string, string>> = {
  internal: 'Your organization',
  client: 'The accountant',
  outgoing_msp: 'The outgoing MSP',
  system: 'The system',
};

const actionWords: Readonly<Record<string, (details: Details) => string>> = {
  'audit.downloaded': () => 'downloaded the audit trail',
  'report.downloaded': (d) => `downloaded the report of finished onboardings as ${String(d['format'])}`,
  'client.created': () => 'created the client',
  'client.assigned': () => 'changed who is assigned',
  'client.purged': () => 'removed the data for good',
  'record.created': (d) => `added ${d['count'] === 1 ? 'one record' : `${String(d['count'])} records`} under ${plural(d)}`,
  'record.changed': (d) => `changed ${typeof d['title'] === 'string' && d['title'] !== '' ? `"${d['title']}"` : 'a record'} under ${plural(d)} (${labels(d)})`,
  'record.deleted': (d) => `removed a record under ${plural(d)}`,
  'record.imported': (d) => `imported a file into ${plural(d)}: ${String(d['created'])} added, ${String(d['updated'])} changed`,
  'page.answered': (d) => (d['answer'] ? `said "${answerLabels[d['answer'] as AnswerWord]}" for the page ${pageWords(d)}` : `took back what was said of the page ${pageWords(d)}`),
  'question.asked': (d) => `asked a question about the ${String(d['section'])} section`,
  'question.answered': (d) => `answered in a question about the ${String(d['section'])} section`,
  'question.closed': (d) => `closed a question about the ${String(d['section'])} section`,
  'section.stuck': (d) => `is stuck in the ${String(d['section'])} section: ${String(d['reason'])}`,
  'section.unstuck': (d) => `goes on in the ${String(d['section'])} section`,
  'attachment.uploaded': () => 'uploaded a file',
  'attachment.fetched': () => 'downloaded a file',
  'export_report.downloaded': () => 'downloaded what became of each record',
  'session.refused': (d) => `had a sign-in that failed (${refusedWords[String(d['method'])] ?? 'wrong code'})`,
  'secret.revealed': (d) => `looked at a secret under ${plural(d)} (${String(d['field'])})`,
  'download.made': (d) => `downloaded the data as ${String(d['format'])}${d['passwords'] === true ? ', passwords included' : ''}`,
  'download.asked': (d) => `asked for the data as ${downloadWords(d)}`,
  'download.built': (d) => `wrote the data into a file, as ${downloadWords(d)}`,
  'download.fetched': (d) => `fetched the data as ${downloadWords(d)}`,
  'download.removed': (d) => `removed a download as ${downloadWords(d)}`,
  'mail.resent': () => 'sent a mail again',
  'mail.bounced': () => 'reported a mail that came back',
  'user.invited': (d) => `invited ${d['section'] ? `somebody for the ${String(d['section'])} section` : 'a user'}`,
  'user.invited_again': () => 'sent an invitation again',
  'user.changed': (d) => `changed a user${Array.isArray(d['fields']) && d['fields'].length > 0 ? ` (${list(d['fields'].map((field) => userFields[String(field)] ?? field))})` : ''}`,
  'user.deactivated': () => 'shut a user out',
  'user.reactivated': () => 'let a user in again',
  'user.signed_out': () => 'ended all sign-ins of a user',
  'user.unlocked': () => 'let somebody who was locked out try again',
  'user.known_by_provider': () => 'was recognised by the identity provider for the first time',
  'user.operator_link': () => 'made a new way in for a user',
  'tenant.created': () => 'set the organization up',
  'session.started': (d) => `signed in${methodWords[String(d['method'])] ?? ''}`,
  'session.ended': () => 'signed out',
  'password.set': () => 'set a password',
  'second_factor.set': () => 'set up a second factor',
  'second_factor.reset': () => 'took a second factor away',
  'second_factor.recovered': () => 'signed in with a recovery code',
  'token.created': (d) => `made the API token "${String(d['label'])}"`,
  'token.revoked': () => 'revoked an API token',
  'settings.mail_changed': () => 'changed the settings of mails and reminders',
  'settings.sign_in': () => 'changed the rules of signing in',
  'identity_provider.set': () => 'set the identity provider up',
  'identity_provider.removed': () => 'removed the identity provider',
  'it_glue_connection.set': () => 'entered the IT Glue connection',
  'it_glue_connection.removed': () => 'removed the IT Glue connection',
  'it_glue_connection.refused': () => 'found that IT Glue refuses the API key',
  'spelling.decided': () => 'decided about spellings of makes and models',
  'user.replaced': (d) => `shut out the former contact of the ${String(d['section'])} section, because the contact was corrected`,
  'access.issued': (d) => `made a sign-in for the ${String(d['section'])} section`,
  'export.done': () => 'finished the export',
  'export.blocked': () => 'stopped the export: it needs a person',
  'export.resumed': () => 'went on with the export, because the IT Glue connection works again',
  'export.skipped': (d) => `left ${counted(d['records'], 'refused record')} out of the export: ${list((d['records'] as Details[] | undefined)?.map((one) => one['reason']))}`,
  'export.skip_withdrawn': () => 'took a skipped record into the export again',
  'mapping.decided': (d) => `said what ${counted(d['mappings'], 'word')} of the client should be in IT Glue`,
  'record.merged': (d) => `joined ${String(d['title'])} with ${String(d['intoTitle'])} under ${plural(d)}`,
  'export.pause': () => 'asked the export to pause',
  'export.cancel': () => 'asked the export to stop for good',
  'decision.submit': (d) => `submitted the ${String(d['section'])} section`,
  'decision.approve': (d) => `approved the ${String(d['section'])} section`,
  'decision.send_back': (d) => `sent the ${String(d['section'])} section back: ${list(d['reasons'])}`,
  'decision.reset': (d) => `opened the ${String(d['section'])} section again: ${list(d['reasons'])}`,
  'decision.stand_in': (d) => `completed the ${String(d['section'])} section in place of the outgoing MSP: ${list(d['reasons'])}`,
  'decision.stand_in_page': (d) => `answered for the page ${pageWords(d)} in place of the outgoing MSP: ${list(d['reasons'])}`,
  'decision.withdraw_stand_in': (d) => `took the stand-in for the page ${pageWords(d)} back`,
  'decision.sign_off': () => 'signed off',
  'decision.withdraw_sign_off': () => 'took a sign-off back',
  'decision.start_export': () => 'started the export',
  'decision.retry_export': () => 'went on with the export',
  'decision.move_retention': () => 'moved the end of retention',
  'decision.hold_retention': (d) => `put the client on hold: ${list(d['reasons'])}`,
  'decision.release_hold': () => 'released the hold',
  'decision.ask_purge': (d) => `asked for the removal at once: ${list(d['reasons'])}`,
  'decision.confirm_purge': () => 'confirmed the removal at once',
  'sweep.workflow_missing': () => 'started the workflow of the client again, which did not run',
  'sweep.workflow_behind': () => 'told the workflow of the client to read again where the client stands',
  'sweep.workflow_without_client': () => 'ended the workflow of a client that is gone',
  'sweep.export_without_workflow': () => 'parked an export that was noted as running while nothing ran',
  'sweep.preview_stuck': () => 'ended a preview that was being worked out for too long',
  'sweep.download_stuck': () => 'ended a download that was being built for too long',
  'sweep.removal_overdue': () => 'started the removal of the client, whose end had passed',
  'sweep.removal_unfinished': () => 'went on with the removal of the client, which had stopped half-way',
  'retention.moved_for_warning': () => 'moved the end of the client, which had come before anybody was warned, and warned of it',
  'import.received': () => 'sent a file to import',
  'import.removed': () => 'removed a file that was to be imported',
  'import.bad_rows_fetched': () => 'fetched the rows of a file that could not be imported',
  'user.password_reset_asked': () => 'was mailed the way to a new password, which somebody asked for',
  'tier.changed': () => 'changed how long data of the tier is kept, by the command of the operator',
  'settings.retention_changed': () => 'changed how long data is kept',
  'decision.delete': () => 'deleted the client',
  'decision.restore': () => 'restored the client',
};

const userFields: Readonly<Record<string, string>> = { firstName: 'first name', lastName: 'last name', email: 'mail address' };

const refusedWords: Readonly<Record<string, string>> = { password: 'wrong password', oidc: 'the identity provider vouched for nobody who was invited' };

const methodWords: Readonly<Record<string, string>> = { password: ' by password', oidc: ' at the identity provider', mail_code: ' with a code from a mail' };

/** What is told where the particulars are gone with their client, of actions that are told with them otherwise. */
const withoutParticulars: Readonly<Record<string, string>> = {
  'record.created': 'added records',
  'record.changed': 'changed a record',
  'record.deleted': 'removed a record',
  'record.imported': 'imported a file',
  'record.merged': 'joined two records',
  'page.answered': 'said something of a page as a whole',
  'question.asked': 'asked a question',
  'question.answered': 'answered in a question',
  'question.closed': 'closed a question',
  'section.stuck': 'was stuck',
  'section.unstuck': 'went on with a section',
  'secret.revealed': 'looked at a secret',
  'download.made': 'downloaded the data',
  'download.asked': 'asked for the data',
  'download.built': 'wrote the data into a file',
  'download.fetched': 'fetched the data',
  'download.removed': 'removed a download',
  'report.downloaded': 'downloaded the report of finished onboardings',
  'user.invited': 'invited a user',
  'user.replaced': 'shut out the former contact of a section, because the contact was corrected',
  'token.created': 'made an API token',
  'access.issued': 'made a sign-in for a section',
  'session.refused': 'had a sign-in that failed',
  'export.skipped': 'left refused records out of the export',
  'mapping.decided': 'said what words of the client should be in IT Glue',
  'decision.submit': 'submitted a section',
  'decision.approve': 'approved a section',
  'decision.send_back': 'sent a section back',
  'decision.reset': 'opened a section again',
  'decision.stand_in': 'completed a section in place of the outgoing MSP',
  'decision.stand_in_page': 'answered for a page in place of the outgoing MSP',
  'decision.withdraw_stand_in': 'took the stand-in for a page back',
  'decision.hold_retention': 'put the client on hold',
  'decision.ask_purge': 'asked for the removal at once',
};

type Details = Readonly<Record<string, unknown>>;

/** An audit entry as one sentence. An action without words of its own is named as it is. */
export function activityWords(entry: Pick<ReadableEntry, 'action' | 'party' | 'details'>): string {
  const details = entry.details ?? {};
  const what = (entry.details === null ? withoutParticulars[entry.action] : undefined) ?? actionWords[entry.action]?.(details) ?? entry.action;
  const moved = entry.action.startsWith('decision.') && details['from'] !== details['to'] ? stageWords[details['to'] as Stage] : undefined;
  return `${partyWords[entry.party] ?? entry.party} ${what}.${moved ? ` ${moved}.` : ''}`;
}

const formatWords: Readonly<Record<string, string>> = { json: 'JSON', csv: 'CSV', xlsx: 'Excel' };

function downloadWords(details: Details): string {
  const parts = [details['passwords'] === 'included' ? 'passwords' : null, details['attachments'] === 'included' ? 'files' : null].filter((part) => part !== null);
  return `${formatWords[String(details['format'])] ?? String(details['format'])}${parts.length > 0 ? `, ${parts.join(' and ')} included` : ''}`;
}

function pageWords(details: Details): string {
  return pageByName(details['section'] as Section, String(details['page']))?.label ?? String(details['page']);
}

/** Fields as people know them. */
function labels(details: Details): string {
  const name = String(details['kind']);
  const kind = (kindNames as readonly string[]).includes(name) ? kindOf(name as KindName) : kindByPath(name);
  const fields = Array.isArray(details['fields']) ? details['fields'].map(String) : [];
  return fields.map((field) => kind?.fields[field]?.label ?? kind?.references[field]?.label ?? field).join(', ');
}

function plural(details: Details): string {
  const name = String(details['kind']);
  if ((kindNames as readonly string[]).includes(name)) return kindOf(name as KindName).plural;
  return kindByPath(name)?.plural ?? name;
}

function counted(value: unknown, word: string): string {
  const count = Array.isArray(value) ? value.length : 0;
  return count === 1 ? `one ${word}` : `${count} ${word}s`;
}

const list = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(', ') : '');
