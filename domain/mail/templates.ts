import { z } from 'zod';
import { sections } from '../kinds/index.js';

const section = z.enum(sections);
const instant = z.iso.datetime();
/** A place in the web pages, from the public address on. May hold a secret token: it is sealed like all facts. */
const path = z.string().regex(/^\/[^\s"<>\\]{0,500}$/, 'must be a path that begins with /');

/**
 * Every mail that is sent, and the facts that its text needs beside the names of recipient, company and tenant, which are
 * read when it is sent. Free text that people typed (reasons, questions, answers) is never among them: it may hold
 * secrets, and mail lies readable in many places. The mail says where it can be read after signing in.
 */
export const templates = {
  /** To a new user: how to sign in for the first time. With a section: to the external person who fills it in. */
  invitation: z.strictObject({ path, expiresAt: instant.nullable(), section: section.nullable() }),
  password_reset: z.strictObject({ path, expiresAt: instant }),
  sign_in_code: z.strictObject({ code: z.string().regex(/^\d{6}$/), expiresAt: instant }),
  submitted: z.strictObject({ section }),
  approved: z.strictObject({ section }),
  /** `reasons`: how many. */
  sent_back: z.strictObject({ section, reasons: z.int().min(1) }),
  question: z.strictObject({ section }),
  answered: z.strictObject({ section }),
  stuck: z.strictObject({ section }),
  /** One or more reminders to a person; what they are about is read when it is sent (store/reminders). */
  reminder: z.strictObject({}),
  export_done: z.strictObject({}),
  export_blocked: z.strictObject({}),
  key_refused: z.strictObject({}),
  /** The IT Glue API key was not used for so many days; IT Glue lets it lapse after 90. */
  key_near_lapse: z.strictObject({ unusedDays: z.int().min(1) }),
  /** The sweep found so many things that a person should look at. */
  sweep_report: z.strictObject({ count: z.int().min(1) }),
  /** `end`: of what the time ends, the retention after an export or the time to restore a deleted client. */
  retention_warning: z.strictObject({ secondsLeft: z.int().min(0), late: z.boolean(), purgeAt: instant, end: z.enum(['retention', 'deletion']) }),
  assigned: z.strictObject({ as: z.enum(['engineer', 'manager', 'sales_rep']) }),
  /** Somebody else has the client now. */
  reassigned: z.strictObject({ as: z.enum(['engineer', 'manager', 'sales_rep']) }),
  /** Somebody saw secrets of the reader's clients on that day, from that entry of the audit trail on; who and which is read when it is sent. */
  secrets_shown: z.strictObject({ day: z.iso.date(), from: z.int().min(1) }),
  sign_off_wanted: z.strictObject({}),
  ready: z.strictObject({}),
} as const;

export type TemplateName = keyof typeof templates;
export const templateNames = Object.keys(templates) as readonly TemplateName[];
export type FactsOf<T extends TemplateName> = z.output<(typeof templates)[T]>;

/** Mails that may be about no client. All others name its company and need its id. */
export const aboutTenant: readonly TemplateName[] = ['invitation', 'password_reset', 'sign_in_code', 'reminder', 'key_refused', 'key_near_lapse', 'sweep_report', 'secrets_shown'];

/**
 * After an attempt whose end nobody knows (the worker died, or the connection broke after the text was sent), these are not
 * sent again: the person asks for a new one, and two mails would only confuse. All others are sent again under the same
 * Message-ID, by which the receiver knows them for one.
 */
export const sentAtMostOnce: readonly TemplateName[] = ['sign_in_code', 'password_reset'];
