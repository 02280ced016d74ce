import { email, extension, longText, phone, text } from './fields.js';
import { defineKind } from './kind.js';

/** A person's name as one text; empty parts left out. */
export function fullName(content: { firstName: string | null; lastName: string | null }): string {
  return [content.firstName, content.lastName].filter(Boolean).join(' ');
}

const pointOfContact = {
  firstName: text('First name', { required: 'submit', synonyms: ['first name', 'given name'] }),
  lastName: text('Last name', { required: 'submit', synonyms: ['last name', 'surname', 'family name'] }),
  email: email('Email', { required: 'submit', synonyms: ['email address', 'e mail', 'mail'] }),
  workPhone: phone('Work phone', { synonyms: ['phone', 'telephone', 'office phone', 'direct phone'] }),
  workExt: extension('Work ext', { synonyms: ['ext', 'extension'] }),
};

/** The client's person whom the sale was made with (client-onboarder.md 2.6). */
export const salesContact = defineKind({
  name: 'sales-contact',
  label: 'Sales point of contact',
  plural: 'Sales point of contact',
  path: 'sales-contact',
  section: 'sales',
  page: 'sales-contact',
  cardinality: 'one',
  needed: 'atLeastOne',
  fields: pointOfContact,
  title: fullName,
});

/** The client's person who fills in the accounting section. */
export const accountingContact = defineKind({
  name: 'accounting-contact',
  label: 'Accounting point of contact',
  plural: 'Accounting point of contact',
  path: 'accounting-contact',
  section: 'sales',
  page: 'accounting-contact',
  cardinality: 'one',
  needed: 'atLeastOne',
  pageAnswer: 'refused',
  // The invitation to the accounting section goes to this address.
  fields: { ...pointOfContact, email: email('Email', { required: 'submit', answers: 'refused', synonyms: pointOfContact.email.synonyms }) },
  title: fullName,
});

/** The accountant as the client knows them (client-onboarder.md 2.7, page 1). */
export const accountant = defineKind({
  name: 'accountant',
  label: 'Accountant',
  plural: 'Accountant',
  path: 'accountant',
  section: 'accounting',
  page: 'accountant',
  cardinality: 'one',
  needed: 'atLeastOne',
  fields: {
    ...pointOfContact,
    mobilePhone: phone('Mobile phone', { synonyms: ['mobile', 'cell', 'cell phone'] }),
    notes: longText('Notes', { max: 512 }),
  },
  title: fullName,
});

/** The outgoing MSP's person who fills in the MSP section. */
export const currentMsp = defineKind({
  name: 'current-msp',
  label: 'Current MSP',
  plural: 'Current MSP',
  path: 'current-msp',
  section: 'accounting',
  page: 'current-msp',
  cardinality: 'one',
  needed: 'atLeastOne',
  fields: {
    company: text('Company', { required: 'submit', synonyms: ['msp', 'provider'] }),
    ...pointOfContact,
    mobilePhone: phone('Mobile phone', { synonyms: ['mobile', 'cell', 'cell phone'] }),
    notes: longText('Notes', { max: 2_000 }),
  },
  title: (content) => content.company ?? fullName(content),
});
