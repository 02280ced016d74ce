import type { Store } from '../store/index.js';
import { connectionActivities, connectionTests } from './connection.js';
import type { Dependencies, Post } from './dependencies.js';
import { downloadActivities, type DownloadDependencies } from './downloads.js';
import { exportSteps } from './export/steps.js';
import { withFailures } from './failures.js';
import { lifecycleActivities } from './lifecycle.js';
import { mailActivities } from './mail/sending.js';
import { previewActivities } from './preview.js';
import { purgeActivities } from './purge.js';
import { sweepActivities } from './sweep/index.js';

export type { Connected, Dependencies, Post, Target, Targets } from './dependencies.js';
export { smtpMailer, type Mailer, type SmtpServer } from './mail/smtp.js';
export type { LanguageModel } from './spelling/language-model.js';
export type { Lane, Order } from './export/lanes.js';
export type { BlockedReason, Progress } from './export/steps.js';
export type { ExportOutcome, ExportStepName } from '../store/index.js';

/** Activities of the lifecycle queue: the database and Temporal itself. */
export function createLifecycleActivities(deps: Pick<Dependencies, 'store' | 'temporal'>) {
  return withFailures({ ...lifecycleActivities(deps.store), ...connectionActivities(deps), ...sweepActivities(deps) });
}

/** Activities of the purge queue: the database, files, keys and Temporal. */
export function createPurgeActivities(deps: Pick<Dependencies, 'store' | 'temporal'>) {
  return withFailures(purgeActivities(deps));
}

/** Activities of the export queue: IT Glue. */
export function createExportActivities(deps: Dependencies) {
  return withFailures({ ...exportSteps(deps), ...previewActivities(deps), ...connectionTests(deps) });
}

/** Activities of the download queue: files with a client's data. */
export function createDownloadActivities(deps: DownloadDependencies) {
  return withFailures(downloadActivities(deps));
}

/** Activities of the mail queue: the mail server. */
export function createMailActivities(deps: { store: Store; post: Post }) {
  return withFailures(mailActivities(deps));
}

export type PurgeActivities = ReturnType<typeof createPurgeActivities>;
export type LifecycleActivities = ReturnType<typeof createLifecycleActivities>;
export type ExportActivities = ReturnType<typeof createExportActivities>;
export type DownloadActivities = ReturnType<typeof createDownloadActivities>;
export type MailActivities = ReturnType<typeof createMailActivities>;
