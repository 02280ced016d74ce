import { domain } from './forms.js';
import { Chance } from './random.js';
import { siteOf } from './sites.js';
import { table, type Table } from './table.js';

export interface Person {
  readonly first: string;
  readonly last: string;
  readonly title: string;
  readonly site: string;
}

const list = (site: string, text: string): Person[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [name, title] = line.trim().split(' | ');
      const [first, ...last] = name!.split('/');
      return { first: first!, last: last.join(' '), title: title!, site };
    });

/** People with a mailbox. Two share a name, as people do. */
export const mailUsers: readonly Person[] = [
  ...list('PDX', `
    Priya/Raghavan | Director of Operations
    Alan/Whitcombe | Dentist, Partner
    Soo-Jin/Bae | Dentist, Partner
    Dolores/Mendoza-Ruiz | Office Manager
    Kevin/O'Rourke | Dental Hygienist
    Maria/Garcia | Dental Assistant
    Hannah/Lindgren | Front Desk Lead
    Tyrone/Beckett | Billing Specialist
    Ingrid/Sørensen | HR Manager
    Marcus/Ellery | Imaging Technician
    Chloe/Van der Berg | Marketing Coordinator
    Desmond/Achebe | Controller
  `),
  ...list('SLE', `
    Rachel/Steinhauer | Dentist
    Bao/Nguyen | Dentist
    Felicity/Marsh | Practice Lead
    Omar/Haddad | Dental Hygienist
    Maria/Garcia | Front Desk
    Colin/Prescott | Dental Assistant
    Yuki/Tanabe | Dental Assistant
  `),
  ...list('BND', `
    Grant/Hollister | Dentist
    Amelia/Foss | Practice Lead
    Renée/Thibodeaux | Dental Hygienist
    Jesse/Tallman | Front Desk
    Wade/Kirkland | Dental Assistant
    Nora/Quigley | Dental Assistant
  `),
  ...list('VAN', `
    Svetlana/Morozova | Dentist
    Patrick/Delacroix | Practice Lead
    Aaliyah/Johnson | Dental Hygienist
    Ruben/Castellanos | Front Desk
    Bethany/Crowe | Dental Assistant
  `),
  ...list('VIC', `
    Fraser/MacAllister | Dentist
    Josée/Tremblay | Practice Lead
    Harpreet/Gill | Dental Hygienist
    Owen/Campbell | Front Desk
    Li/Zhang | Dental Assistant
  `),
  ...list('GOE', `
    Jürgen/Kühnel | Laborleiter
    Sabine/Weiß | Zahntechnikerin
    Björn/Häßler | Zahntechniker
    Katarzyna/Wójcik | Zahntechnikerin
    Uwe/Schönfelder | Versand
  `),
];

/** Hourly people and others without a mailbox: only the PSA knows them. */
export const contactsOnly: readonly (Person & { type: string; vip: boolean; personal: string })[] = [
  { first: 'Elena', last: 'Petrakis', title: 'Founder (retired)', site: 'PDX', type: 'Decision Maker', vip: true, personal: 'elena.petrakis@mail.example' },
  { first: 'Walter', last: 'Brandt', title: 'Facilities', site: 'PDX', type: 'Employee', vip: false, personal: 'wbrandt@mail.example' },
  { first: 'Gloria', last: 'Esposito', title: 'Sterilization Technician', site: 'SLE', type: 'Employee', vip: false, personal: '' },
  { first: 'Dmitri', last: 'Volkov', title: 'Night Cleaning', site: 'BND', type: 'Employee', vip: false, personal: '' },
  { first: 'Sunniva', last: 'Aas', title: 'Hygiene Student', site: 'VAN', type: 'Employee', vip: false, personal: 's.aas@student.example' },
  { first: 'Theo', last: 'Bennett-Clarke', title: '', site: 'VIC', type: 'Approver', vip: true, personal: '' },
  { first: 'Helga', last: 'Noack', title: 'Reinigung', site: 'GOE', type: 'Employee', vip: false, personal: '' },
  { first: 'Quincy', last: 'Adair', title: 'Locum Dentist', site: 'SLE', type: 'Contractor', vip: false, personal: 'q.adair@locum.example' },
];

export const fullName = (person: Person) => `${person.first} ${person.last}`;

const plain = (text: string) => text.replace(/ß/g, 'ss').replace(/ø/g, 'o').normalize('NFKD').replace(/[^A-Za-z .-]/g, '').replace(/ /g, '').toLowerCase();

export function mailOf(person: Person, index: number): string {
  const earlier = mailUsers.slice(0, index).some((other) => fullName(other) === fullName(person));
  return `${plain(person.first)}.${plain(person.last)}${earlier ? '2' : ''}@${domain}`;
}

/** Mailboxes as Exchange Online's `Get-User | Export-Csv` writes them. */
export function usersTable(): Table {
  const chance = new Chance(11);
  const mobile = mailUsers.map((_, index) => (index % 3 === 2 ? '' : `(971) 555-0${chance.integer(100, 199)}`));
  return table(
    {
      file: 'm365-users.csv',
      records: 'personnel',
      source: 'Microsoft 365, Get-User | Export-Csv',
      format: { type: 'csv', delimiter: ',', newline: '\r\n', encoding: 'utf-8', quoted: 'all' },
    },
    mailUsers,
    [
      ['UserPrincipalName', (person, index) => mailOf(person, index)],
      ['DisplayName', (person) => fullName(person)],
      ['FirstName', (person) => person.first],
      ['LastName', (person) => person.last],
      ['Title', (person) => person.title],
      ['Department', (person) => (person.site === 'GOE' ? 'Labor' : 'Clinic')],
      ['Company', () => 'Cascadia Dental'],
      ['Office', (person) => siteOf(person.site).name],
      // Some people write the extension behind the number.
      ['Phone', (person, index) => (index % 9 === 4 ? `${siteOf(person.site).phone} x${210 + index}` : siteOf(person.site).phone)],
      ['MobilePhone', (_, index) => mobile[index]!],
      ['Fax', (person, index) => (index % 12 === 3 ? siteOf(person.site).fax : '')],
      ['Manager', () => ''],
      ['Notes', (_, index) => (index === 0 ? 'Signs off all purchases over $500, "no exceptions".' : index === 35 ? 'Spricht Englisch; lieber per Mail' : '')],
      ['RecipientTypeDetails', () => 'UserMailbox'],
      ['WhenCreated', (_, index) => `2023-0${(index % 9) + 1}-14T09:30:00Z`],
    ],
  );
}

/** Contacts as ConnectWise Manage exports them to a workbook. */
export function contactsTable(): Table {
  const chance = new Chance(12);
  const home = contactsOnly.map(() => `(503) 555-0${chance.integer(100, 199)}`);
  return table(
    {
      file: 'connectwise-contacts.xlsx',
      records: 'personnel',
      source: 'ConnectWise Manage, contacts without a mailbox',
      format: { type: 'xlsx', sheet: 'Contacts' },
    },
    contactsOnly,
    [
      ['First Name', (person) => person.first],
      ['Last Name', (person) => person.last],
      ['Title', (person) => person.title || null],
      ['Contact Type', (person) => person.type],
      ['Site', (person, index) => (index === 2 ? 'SALEM CLINIC' : siteOf(person.site).name)],
      ['VIP', (person) => person.vip],
      ['Default Phone', (person) => siteOf(person.site).phone],
      // A number cell, as a spreadsheet makes of an extension.
      ['Default Phone Extension', (_, index) => (index % 2 === 0 ? 301 + index : null)],
      ['Home Phone', (_, index) => (index < 3 ? home[index]! : null)],
      ['Default Email', () => null],
      ['Personal Email', (person) => person.personal || null],
      ['Inactive Flag', () => false],
      ['Last Updated', (_, index) => new Date(Date.UTC(2026, 2, 2 + index))],
      ['Notes', (_, index) => (index === 0 ? 'Prefers a call.\nDo not mail before noon.' : null)],
    ],
  );
}
