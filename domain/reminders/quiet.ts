import { DateTime } from 'luxon';
import type { MailSettings } from '../mail/settings.js';

/**
 * The first moment from `at` on at which a reminder may leave, by the tenant's clocks: not in the quiet hours and on an
 * allowed day. A quiet time that ends in the hour that summer time skips ends when that hour would have.
 */
export function allowedFrom(at: Date, { timeZone, reminders: { quietHours, weekdays } }: MailSettings): Date {
  let moment: DateTime = DateTime.fromJSDate(at, { zone: timeZone });
  // Each turn ends a quiet time or a day: a week and a day of turns always suffices.
  for (let turn = 0; turn < 16; turn += 1) {
    const later = !weekdays.includes(moment.weekday) ? moment.plus({ days: 1 }).startOf('day') : quietHours ? endOfQuiet(moment, quietHours) : moment;
    if (later.toMillis() === moment.toMillis()) break;
    moment = later;
  }
  return moment.toJSDate();
}

/** The first allowed moment of the day after, for what must not be said twice on one day. */
export function allowedNextDay(at: Date, settings: MailSettings): Date {
  const nextDay = DateTime.fromJSDate(at, { zone: settings.timeZone }).plus({ days: 1 }).startOf('day');
  return allowedFrom((settings.reminders.quietHours ? nextDay : nextDay.set({ hour: 8 })).toJSDate(), settings);
}

/** The day on the tenant's calendar, as YYYY-MM-DD. */
export function localDay(at: Date, timeZone: string): string {
  return DateTime.fromJSDate(at, { zone: timeZone }).toISODate()!;
}

function endOfQuiet(moment: DateTime, { from, to }: { from: string; to: string }): DateTime {
  const [begin, end] = [onDay(moment, from), onDay(moment, to)];
  const overnight = from > to;
  if (!overnight) return moment >= begin && moment < end ? end : moment;
  if (moment >= begin) return onDay(moment.plus({ days: 1 }), to);
  return moment < end ? end : moment;
}

function onDay(day: DateTime, time: string): DateTime {
  const [hour, minute] = time.split(':').map(Number);
  return day.startOf('day').set({ hour: hour!, minute: minute! });
}
