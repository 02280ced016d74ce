import { describe, expect, it } from 'vitest';
import { defaultMailSettings, type MailSettings } from '../../../domain/mail/settings.js';
import { allowedFrom, allowedNextDay, localDay } from '../../../domain/reminders/quiet.js';

const berlin = (reminders: Partial<MailSettings['reminders']> = {}): MailSettings => ({
  ...defaultMailSettings,
  timeZone: 'Europe/Berlin',
  reminders: { ...defaultMailSettings.reminders, ...reminders },
});
const allowed = (at: string, settings = berlin()) => allowedFrom(new Date(at), settings).toISOString();

describe('quiet hours', () => {
  it.each([
    ['by day leave at once', '2026-06-10T10:00:00.000Z', '2026-06-10T10:00:00.000Z'],
    ['in the evening wait for the morning', '2026-06-10T18:00:00.000Z', '2026-06-11T05:00:00.000Z'],
    ['after midnight wait for the same morning', '2026-06-10T23:00:00.000Z', '2026-06-11T05:00:00.000Z'],
    ['at their very end leave', '2026-06-11T05:00:00.000Z', '2026-06-11T05:00:00.000Z'],
    ['in the night that summer time begins end by the new time', '2026-03-28T22:00:00.000Z', '2026-03-29T05:00:00.000Z'],
    ['in the night that it ends, by the old one', '2026-10-24T22:00:00.000Z', '2026-10-25T06:00:00.000Z'],
  ])('%s', (_name, at, expected) => {
    expect(allowed(at)).toBe(expected);
  });

  it('may lie within one day', () => {
    const noon = berlin({ quietHours: { from: '12:00', to: '13:30' } });
    expect(allowed('2026-06-10T10:00:00.000Z', noon)).toBe('2026-06-10T11:30:00.000Z');
    expect(allowed('2026-06-10T11:30:00.000Z', noon)).toBe('2026-06-10T11:30:00.000Z');
  });

  it('that end in the hour that summer time skips end an hour later', () => {
    expect(allowed('2026-03-28T23:30:00.000Z', berlin({ quietHours: { from: '00:00', to: '02:30' } }))).toBe('2026-03-29T01:30:00.000Z');
  });

  it('and days off put a reminder to the next working morning', () => {
    const working = berlin({ weekdays: [1, 2, 3, 4, 5] });
    expect(allowed('2026-06-12T18:30:00.000Z', working)).toBe('2026-06-15T05:00:00.000Z');
  });

  it('of the next day begin from the tenant’s midnight, not from ours', () => {
    expect(allowedNextDay(new Date('2026-06-10T22:30:00.000Z'), berlin()).toISOString()).toBe('2026-06-12T05:00:00.000Z');
    expect(localDay(new Date('2026-06-10T22:30:00.000Z'), 'Europe/Berlin')).toBe('2026-06-11');
  });
});
