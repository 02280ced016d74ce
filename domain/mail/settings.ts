import { z } from 'zod';
import { languages } from './languages/index.js';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 20:00');

/** When reminders go out. */
export const reminderSettings = z.strictObject({
  /** Hours without activity after which somebody is reminded, and between two reminders about the same. */
  everyHours: z.int('must be a whole number').min(1, 'must be at least 1').max(720, 'must be at most 720'),
  /** No reminder leaves between these times; those that fall in wait until the end. May pass midnight. */
  quietHours: z.strictObject({ from: clock, to: clock }).refine(({ from, to }) => from !== to, 'must not begin when it ends').nullable(),
  /** ISO days of the week (1: Monday) on which reminders go out. */
  weekdays: z.array(z.int().min(1).max(7)).min(1, 'must name at least one day').refine((days) => new Set(days).size === days.length, 'must name each day once'),
  /** After so many reminders that led to nothing the manager hears with each further one; null: never. */
  escalateAfter: z.int('must be a whole number').min(1, 'must be at least 1').max(20, 'must be at most 20').nullable(),
});

/** How a tenant's mails are written and when reminders go out. */
export const mailSettings = z.strictObject({
  language: z.enum(languages),
  timeZone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin'),
  reminders: reminderSettings,
});
export type MailSettings = z.output<typeof mailSettings>;

/** 48 hours: client-onboarder.md 2.11. */
export const defaultMailSettings: MailSettings = {
  language: 'en',
  timeZone: 'UTC',
  reminders: { everyHours: 48, quietHours: { from: '20:00', to: '07:00' }, weekdays: [1, 2, 3, 4, 5, 6, 7], escalateAfter: 3 },
};

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
