import { application } from './application.js';
import { attachment } from './attachment.js';
import { company } from './company.js';
import { configuration } from './configuration.js';
import { accountant, accountingContact, currentMsp, salesContact } from './contacts.js';
import type { Kind, KindName, Section } from './kind.js';
import { kindNames } from './kind.js';
import { make, model } from './make.js';
import { password } from './password.js';
import { person } from './person.js';
import { site } from './site.js';
import { vendor } from './vendor.js';

/** Every kind by its name, with its own types. */
export const kinds = {
  company,
  'sales-contact': salesContact,
  'accounting-contact': accountingContact,
  accountant,
  site,
  person,
  'current-msp': currentMsp,
  vendor,
  make,
  model,
  configuration,
  application,
  password,
  attachment,
} as const;

/** A kind seen without its own field types, for code that treats all kinds alike. */
export type AnyKind = Kind;

/** The kind of that name. */
export function kindOf(name: KindName): AnyKind {
  return kinds[name] as unknown as AnyKind;
}

/** All kinds in their fixed order: a kind comes after every kind that it links to. */
export const allKinds: readonly AnyKind[] = kindNames.map(kindOf);

export function kindsOfSection(section: Section): readonly AnyKind[] {
  return allKinds.filter((kind) => kind.section === section);
}

/** The kind whose routes and files have that path segment, or undefined. */
export function kindByPath(path: string): AnyKind | undefined {
  return allKinds.find((kind) => kind.path === path);
}

/** Names of the fields that hold secrets. */
export function secretFields(kind: AnyKind): readonly string[] {
  return Object.entries(kind.fields)
    .filter(([, field]) => field.type === 'secret')
    .map(([name]) => name);
}
