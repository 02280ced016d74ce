import type { Section } from '../kinds/index.js';
import type { Inactivity } from '../reminders/cases.js';
import type { FactsOf, TemplateName } from './templates.js';

/** What every mail may use beside its own facts. */
export interface Surroundings {
  /** The MSP that uses the product. */
  readonly tenant: string;
  /** The client's company; empty in mails that are about no client. */
  readonly company: string;
  /** An instant (ISO 8601) in words, in the tenant's time zone and language. */
  readonly when: (iso: string) => string;
}

/** One thing that a reminder is about. */
export interface Reminded {
  readonly case: Inactivity;
  readonly company: string;
  /** Whole days since anybody did something. */
  readonly idleDays: number;
}

/** How often secrets of one client were seen by others than the reader. */
export interface Shown {
  readonly company: string;
  readonly looks: number;
  /** Downloads with all secrets. */
  readonly downloads: number;
  readonly people: number;
}

/** A mail before it is laid out: the one source of its plain text and its HTML. */
export interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Shown large and by itself: a code to type in. */
  readonly code?: string;
  /** Words of the link, when the mail has one. */
  readonly action?: string;
  /** Lines of a list, each with a link of its own. */
  readonly items?: readonly string[];
}

type Writer<F> = (facts: F & Surroundings) => Letter;

/** Every mail in one language. A language is complete or it does not compile. */
export interface Words {
  readonly greeting: (firstName: string) => string;
  readonly closing: (tenant: string) => string;
  readonly section: Readonly<Record<Section, string>>;
  readonly reminders: Readonly<Record<Inactivity, (reminded: Reminded) => Letter>>;
  readonly digest: (facts: { readonly items: readonly Reminded[] } & Surroundings) => Letter;
  /** `day`: the calendar day in words. */
  readonly secretsShown: (facts: { readonly items: readonly Shown[]; readonly day: string } & Surroundings) => Letter;
  readonly letters: { readonly [T in Exclude<TemplateName, 'reminder' | 'secrets_shown'>]: Writer<FactsOf<T>> };
}
