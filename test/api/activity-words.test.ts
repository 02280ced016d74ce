import { describe, expect, it } from 'vitest';
import { activityWords } from '../../api/activity-words.js';
import { actions } from '../../domain/stages.js';

/** What is noted in a client's history besides decisions. */
const noted = [
  'client.created', 'client.assigned', 'client.purged', 'record.created', 'record.changed', 'record.deleted', 'record.imported', 'import.received', 'import.removed', 'import.bad_rows_fetched', 'user.password_reset_asked', 'retention.moved_for_warning', 'record.merged', 'page.answered',
  'question.asked', 'question.answered', 'question.closed', 'section.stuck', 'section.unstuck', 'attachment.uploaded', 'attachment.fetched', 'export_report.downloaded', 'secret.revealed', 'download.asked', 'download.built',
  'download.fetched', 'download.removed', 'mail.resent', 'mail.bounced', 'export.done', 'export.blocked', 'export.resumed', 'export.skipped', 'export.skip_withdrawn',
  'export.pause', 'export.cancel', 'mapping.decided', 'spelling.decided', 'user.invited', 'user.invited_again', 'user.changed', 'user.deactivated', 'user.reactivated',
  'user.replaced', 'session.started', 'session.ended', 'session.refused',
];

const words = (action: string, details: Record<string, unknown> | null) => activityWords({ action, party: 'internal', details });

describe('an entry of a history', () => {
  it.each([...noted, ...actions.map((action) => `decision.${action}`)])('is a whole sentence after the particulars are gone: %s', (action) => {
    const sentence = words(action, null);
    expect(sentence).toMatch(/^Your organization [a-z].*[^:( ]\.$/);
    expect(sentence).not.toContain('undefined');
    expect(sentence).not.toContain(action);
  });

  it('tells how an outside person came in, and who was let in', () => {
    expect(activityWords({ action: 'session.started', party: 'client', details: { method: 'mail_code' } })).toBe('The accountant signed in with a code from a mail.');
    expect(words('user.invited', { userId: 'x', section: 'msp' })).toBe('Your organization invited somebody for the msp section.');
    expect(words('user.changed', { userId: 'x', fields: ['email', 'lastName'] })).toBe('Your organization changed a user (mail address, last name).');
  });
});
