/** Where a canary may be: the closed table. Whatever is found elsewhere is a finding, and so is what is not found where it must be. */
import { allKinds, secretFields } from '../../domain/kinds/index.js';
import type { Found } from './database.js';
import type { Encoding } from './search.js';
import type { Looked, Phase, Place } from './places.js';
import { allFields, type Canary } from './words.js';

interface Rule {
  readonly place: Place;
  readonly phases: readonly Phase[];
  /** Of the field of a canary, and of where in the place it was found. */
  readonly field: RegExp;
  readonly where?: RegExp;
  /** `must`: not finding it there means that nobody looked, or that it was never planted. */
  readonly finding: 'must' | 'may';
  readonly why: string;
}

const before = ['before'] as const;
const always = ['before', 'after', 'restored'] as const;
const gone = ['after', 'restored'] as const;

/** A kind of the catalogue and one of its fields. */
const oneOf = (fields: readonly string[]) => new RegExp(`^(${fields.map((field) => field.replace('.', '\\.')).join('|')})$`);
const ofCatalogue = oneOf(allFields);
const secrets = allKinds.flatMap((kind) => secretFields(kind).map((field) => `${kind.name}.${field}`));
const openFields = oneOf(allFields.filter((field) => !secrets.includes(field)));
/** At least these are in lists and forms that the API shows. */
const shownFields = ['company.company', 'person.email', 'site.address1', 'configuration.notes', 'vendor.company'];
const company = /^company\.company$/;
/** Of outside people's requests. */
const address = /^network address: /;

/** Fields whose values are words for things that any client may have: what they were taken for is remembered for the tenant. */
const sharedWords = /^(make\.name|model\.name|person\.contactType|configuration\.(type|status)|password\.category|configuration\.operatingSystem)$/;

const rules: readonly Rule[] = [
  { place: 'database opened', phases: before, field: ofCatalogue, finding: 'must', why: 'the data itself, opened with the client’s key' },
  { place: 'database opened', phases: before, field: /^(?!refused request|searched|control|network address|attachment bytes|download passphrase)/, finding: 'may', why: 'what people said, opened with the client’s key' },
  { place: 'database opened', phases: before, field: address, where: /^AuditEntry\.content$/, finding: 'must', why: 'where somebody acted from, with the client’s key' },
  { place: 'database opened', phases: before, field: address, where: /^Decision\.origin$/, finding: 'must', why: 'where a decision was taken from, with the client’s key' },
  { place: 'previews', phases: before, field: /^company\.company$/, finding: 'must', why: 'a preview shows what will be created, opened with the client’s key' },
  { place: 'previews', phases: before, field: /^(?!refused request|searched|control|network address|attachment bytes|download passphrase|(refused )?password\.(password|otpSecret))/, finding: 'may', why: 'a preview shows what will be created; never a secret' },
  { place: 'saved downloads', phases: always, field: openFields, where: /^(?!with-passwords)/, finding: 'must', why: 'a person saved it, outside of the product' },
  { place: 'saved downloads', phases: always, field: /^(?!refused request|searched|control|network address|password\.(password|otpSecret)|refused password\.password|download passphrase)/, where: /^(?!with-passwords)/, finding: 'may', why: 'a person saved it, outside of the product; secrets only behind a passphrase' },
  { place: 'IT Glue account', phases: always, field: /^(?!refused request|searched|control|network address|(deleted|interrupted) client|purge|hold|download)/, finding: 'may', why: 'exported: it is the client’s documentation now' },
  { place: 'IT Glue account', phases: always, field: /^(company\.company|password\.password|person\.email|attachment bytes)$/, finding: 'must', why: 'exported: it is the client’s documentation now' },

  { place: 'database dump', phases: always, field: /^company\.company$/, where: /^ExportRecord\.company$/, finding: 'must', why: 'the record of export keeps the company’s name (tenant setting)' },
  { place: 'database files', phases: always, field: /^company\.company$/, finding: 'must', why: 'the record of export keeps the company’s name (tenant setting)' },
  { place: 'API answers', phases: gone, field: /^company\.company$/, where: /^\/v1\/(export-records|export-report)/, finding: 'must', why: 'the record of export keeps the company’s name (tenant setting)' },
  { place: 'API answers', phases: before, field: oneOf(shownFields), finding: 'must', why: 'an Administrator may see it' },
  { place: 'API answers', phases: before, field: new RegExp(`^(?!refused request|searched|control|network address|attachment bytes|download passphrase|refused password\\.password|${secrets.join('|').replaceAll('.', '\\.')})`), finding: 'may', why: 'an Administrator may see it; secrets are shown one at a time, by a request of their own' },
  { place: 'API answers', phases: before, field: address, where: /^\/v1\/audit\/download$/, finding: 'must', why: 'the audit trail says where somebody acted from' },
  { place: 'API answers', phases: before, field: address, where: /^\/v1\/audit$/, finding: 'may', why: 'the same, page by page' },
  { place: 'refusals', phases: always, field: /^refused request: (unknown field|id|unknown address)$/, finding: 'may', why: 'the name of a member that is not known, and the address: not what was typed into them' },
  { place: 'database opened', phases: gone, field: sharedWords, where: /^(Catalogue|SpellingAlias|WordMemory)\.content$/, finding: 'may', why: 'names of products and types that the account has now, for the tenant’s next clients' },

  { place: 'mails', phases: always, field: company, finding: 'must', why: 'a mail says which client it is about' },
  { place: 'mails', phases: always, field: /^(deleted|interrupted) client: company\.company$/, finding: 'may', why: 'a mail says which client it is about, unless the client was deleted before it went out' },
  ...(['accounting-contact', 'current-msp', 'invited person'] as const).map(
    (person): Rule => ({ place: 'mails', phases: always, field: new RegExp(`^${person}\\.(firstName|lastName|email)$`), where: new RegExp(`^${person}\\.email$`), finding: 'may', why: 'a person’s own name and address, in mails to them' }),
  ),
  { place: 'mails', phases: always, field: /^(accounting-contact|current-msp)\.email$/, where: /\.email$/, finding: 'must', why: 'the address that a mail went to' },

  { place: 'database files', phases: always, field: /^control: tenant$/, finding: 'must', why: 'a control: in clear' },
  { place: 'database dump', phases: always, field: /^control: tenant$/, where: /^Tenant\.name$/, finding: 'must', why: 'a control: in clear' },
  { place: 'mails', phases: always, field: /^control: tenant$/, finding: 'must', why: 'a control: in clear' },
  { place: 'API answers', phases: always, field: /^control: tenant$/, finding: 'must', why: 'a control: in clear' },
  { place: 'logs', phases: always, field: /^control: request id$/, finding: 'must', why: 'a control: an id that a caller chose' },
  { place: 'logs', phases: always, field: /^control: workflow id$/, where: /^logs\/temporal\.log$/, finding: 'may', why: 'a control: ids are in clear' },
  { place: 'Temporal files', phases: always, field: /^control: workflow id$/, finding: 'must', why: 'a control: ids are in clear' },
  { place: 'Temporal lists', phases: always, field: /^control: workflow id$/, finding: 'must', why: 'a control: ids are in clear' },
  { place: 'Temporal histories', phases: always, field: /^control: workflow id$/, finding: 'may', why: 'a control: ids are in clear' },
  { place: 'Temporal histories decoded', phases: always, field: /^control: workflow (id|input)$/, finding: 'must', why: 'a control: the input of a workflow, encrypted' },
  { place: 'attachment storage', phases: always, field: /^control: file$/, finding: 'must', why: 'a control: a file in clear' },
  { place: 'temporary files', phases: always, field: /^control: file$/, finding: 'must', why: 'a control: a file in clear' },
  { place: 'key store', phases: always, field: /^control: file$/, finding: 'must', why: 'a control: a file in clear' },
];

export interface Finding {
  readonly phase: Phase;
  readonly place: Place;
  readonly where: string;
  readonly field: string;
  readonly encoding: Encoding | null;
  /** Packed files around it, outermost first. */
  readonly within: readonly string[];
  readonly what: 'found where it must not be' | 'not found where it must be';
}

/** A canary, or the beginning of one that was cut off, which is allowed nowhere. */
const fieldOf = ({ canary }: Found) => canary?.field ?? 'a canary that was cut off or changed';

/** The rule that lets a hit be where it is. */
export function allowedBy(look: Pick<Looked, 'place' | 'phase'>, hit: Found): string | null {
  const rule = rules.find(({ place, phases, field, where }) => place === look.place && phases.includes(look.phase) && hit.canary !== null && field.test(hit.canary.field) && (where?.test(hit.where) ?? true));
  return rule?.why ?? null;
}

export function judge(look: Looked, planted: readonly Canary[]): Finding[] {
  const { place, phase } = look;
  const strays = look.found.filter((hit) => allowedBy(look, hit) === null);
  const stray = strays.map((hit): Finding => ({ phase, place, where: hit.where, field: fieldOf(hit), encoding: hit.encoding, within: hit.within, what: 'found where it must not be' }));
  const missing = rules
    .filter((rule) => rule.place === place && rule.phases.includes(phase) && rule.finding === 'must')
    .flatMap(({ field, where }) => {
      const there = new Set(look.found.filter((hit) => where?.test(hit.where) ?? true).map(fieldOf));
      return planted.filter((canary) => field.test(canary.field) && !there.has(canary.field));
    })
    .map(({ field }): Finding => ({ phase, place, where: place, field, encoding: null, within: [], what: 'not found where it must be' }));
  return [...unique(stray), ...unique(missing)];
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
