/** The process with its activities replaced by ones that remember: for tests of time and order, not of data. */
import { randomBytes } from 'node:crypto';
import type { ExportActivities, ExportOutcome, LifecycleActivities, MailActivities } from '../../activities/index.js';
import { transitionFor, type Action, type Stage } from '../../domain/stages.js';
import type { Section } from '../../domain/kinds/index.js';
import type { DecisionAnswer } from '../../workflows/contract.js';
import { dataConverter } from '../../temporal/connection.js';

export const testConverter = dataConverter(randomBytes(32));

export interface Scene {
  /** What happened, in order, in short words. */
  readonly story: string[];
  stage: Stage;
  purgeAt: Date | null;
  /** What the next export runs end with; `done` when it is empty. */
  readonly outcomes: ExportOutcome[];
  readonly activities: LifecycleActivities & ExportActivities & MailActivities;
}

export interface Decision {
  readonly decisionId: string;
  readonly action: Action;
  readonly section: Section | null;
}

/**
 * Activities over a few variables that follow the stage table as the database does.
 * @param now the test server's clock, ms since the epoch
 */
export function scene(options: { stage?: Stage; retentionMs?: number; remindAgainMs?: number; now: () => Promise<number> }): Scene {
  const given: Scene = {
    story: [],
    stage: options.stage ?? 'sales',
    purgeAt: null,
    outcomes: [],
    activities: {} as Scene['activities'],
  };
  let clock = 0;
  /** Warnings 10, 5 and 1 days before the end, as the database has them. */
  const warnAt = (now: number) => {
    const times = given.purgeAt ? [10, 5, 1].map((days) => given.purgeAt!.getTime() - days * 86_400_000) : [];
    const next = times.find((time) => time > now);
    return next === undefined ? null : new Date(next).toISOString();
  };
  const answer = (decisionId: string, exportId: string | null): DecisionAnswer => ({
    decisionId,
    stage: given.stage,
    purgeAt: given.purgeAt?.toISOString() ?? null,
    exportId,
    ...(given.purgeAt ? { warnAt: warnAt(clock) } : {}),
  });
  const activities = {
    loadState: async () => ({ stage: given.stage, purgeAt: given.purgeAt?.toISOString() ?? null, exportId: null }),
    applyDecision: async ({ decisionId }: { decisionId: string }) => {
      const { action, section } = parse(decisionId);
      clock = await options.now();
      const row = transitionFor(given.stage, action, section ?? undefined)!;
      if (row.to !== 'stay' && row.to !== 'before_deletion') given.stage = row.to;
      given.story.push(section ? `${action} ${section}` : action);
      if (action === 'sign_off' && given.story.filter((word) => word === 'sign_off').length === 2) given.stage = 'ready';
      if (action === 'hold_retention') given.purgeAt = null;
      if (action === 'move_retention' || action === 'release_hold' || action === 'confirm_purge') given.purgeAt = new Date(Number(decisionId.split('@')[1]));
      return answer(decisionId, given.stage === 'exporting' ? 'export-1' : null);
    },
    recordExport: async ({ exportId, outcome }: { exportId: string; outcome: ExportOutcome }) => {
      given.story.push(`export ${outcome.state}`);
      given.stage = outcome.state === 'done' ? 'retention' : 'export_blocked';
      clock = await options.now();
      given.purgeAt = outcome.state === 'done' ? new Date(clock + (options.retentionMs ?? 0)) : null;
      return answer(exportId, null);
    },
    warnOfRetention: async ({ now }: { now: string }) => {
      given.story.push(`warned ${Math.round((given.purgeAt!.getTime() - Date.parse(now)) / 86_400_000)} days before`);
      return { warnAt: warnAt(Date.parse(now)) };
    },
    remindIfIdle: async () => {
      if (options.remindAgainMs === undefined) return { askAgainAt: null };
      given.story.push('asked whether to remind');
      return { askAgainAt: new Date((await options.now()) + options.remindAgainMs).toISOString() };
    },
    forgetOldMails: async () => undefined,
    dueMails: async () => {
      const sent = given.story.filter((word) => word === 'mail sent').length;
      return { ids: sent < 2 ? [`mail-${sent}`] : [], nextAt: null };
    },
    sendMail: async () => {
      given.story.push('mail sent');
      return { outcome: 'accepted' };
    },
    purgeDue: async () => ({ due: given.purgeAt !== null && given.purgeAt.getTime() <= (await options.now()), purgeAt: given.purgeAt?.toISOString() ?? null }),
    failPreview: async () => undefined,
    destroyKey: async () => {
      given.story.push('key destroyed');
      return { at: new Date(await options.now()).toISOString() };
    },
    removeRows: async () => {
      given.story.push('rows removed');
      return { removed: { record: 1 } };
    },
    closePurge: async () => void given.story.push('certificate written'),
    deleteHistories: async () => {
      given.story.push('histories deleted');
      return { deleted: 1 };
    },
    removeClient: async () => {
      given.story.push('key destroyed', 'rows removed', 'certificate written', 'histories deleted');
      return { at: new Date(await options.now()).toISOString(), removed: { record: 1 }, deleted: 1 };
    },
    planExport: async () => 'small',
    exportLists: async () => void given.story.push('export lists'),
    exportSmall: async ({ order }: { order: readonly (readonly (readonly string[])[])[] }) => {
      const steps = [...new Set(order.flat(2))];
      given.story.push(...steps.map((step) => `export ${step}`));
      const progress = Object.fromEntries(steps.filter((step) => step !== 'lists').map((step) => [step, { total: 1, done: 1, failed: 0, skipped: 0 }]));
      return { outcome: given.outcomes.shift() ?? { state: 'done', organizationId: '1', organizationUrl: null }, progress };
    },
    exportResource: async ({ resource }: { resource: string }) => {
      given.story.push(`export ${resource}`);
      return { total: 1, done: 1, failed: 0, skipped: 0 };
    },
    settleExport: async () => void given.story.push('export settled'),
    concludeExport: async () => given.outcomes.shift() ?? { state: 'done', organizationId: '1', organizationUrl: null },
    buildPreview: async () => undefined,
    buildDownload: async () => 'ready',
    refreshCatalogue: async () => ({ entries: 0 }),
  };
  return Object.assign(given, { activities: activities as unknown as Scene['activities'] });
}

/** A decision id of the form `action:section:n` or `move_retention::n@time` says itself what it decides. */
function parse(decisionId: string): Decision {
  const [action, section] = decisionId.split(':');
  return { decisionId, action: action as Action, section: (section || null) as Section | null };
}
