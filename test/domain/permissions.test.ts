import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sections, type Section } from '../../domain/kinds/index.js';
import { may, operations, permissions, rolesFor, type Operation } from '../../domain/permissions.js';
import { externalRoles, internalRoles, roles, type Actor, type Role } from '../../domain/roles.js';

const own = '00000000-0000-7000-8000-000000000001';
const other = '00000000-0000-7000-8000-000000000002';

const internal = (...held: Role[]): Actor => ({ userId: 'u', tenantId: 't', roles: held, scope: null });
const external = (section: 'accounting' | 'msp'): Actor => ({ userId: 'u', tenantId: 't', roles: [section === 'accounting' ? 'accountant' : 'msp'], scope: { clientId: own, section } });

const anyOperation = fc.constantFrom(...operations);
const anyWhere = fc.record(
  { clientId: fc.constantFrom(own, other), section: fc.constantFrom(...sections) },
  { requiredKeys: [] },
) as fc.Arbitrary<{ clientId?: string; section?: Section }>;

/** What a role may do, as `operation` or `operation section`. */
const reach = (actor: Actor, clientId = own) => [
  ...operations.filter((operation) => Array.isArray(permissions[operation]) && may(actor, operation, { clientId })),
  ...operations.flatMap((operation) =>
    Array.isArray(permissions[operation]) ? [] : sections.filter((section) => may(actor, operation, { clientId, section })).map((section) => `${operation} ${section}`),
  ),
];

describe('the table of permissions', () => {
  it('has a row for every operation, of known roles, each section named', () => {
    expect(Object.keys(permissions).sort()).toEqual([...operations].sort());
    for (const operation of operations) {
      const rule = permissions[operation];
      const lists = Array.isArray(rule) ? [rule as readonly Role[]] : sections.map((section) => (rule as Record<Section, readonly Role[]>)[section]);
      for (const list of lists) for (const role of list) expect(roles).toContain(role);
    }
  });

  it('lets nobody without a role do anything', () => {
    fc.assert(fc.property(anyOperation, anyWhere, (operation, where) => !may(internal(), operation, where)));
  });

  it('gives an administrator everything but typing and signing for others', () => {
    const missing = operations.filter((operation) => !rolesFor(operation).includes('administrator'));
    expect(missing).toEqual(['client.sign_off']);
    expect(rolesFor('section.submit', 'msp')).toEqual(['msp']);
  });

  it('adds up for somebody of several roles, and never takes away', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...internalRoles)), anyOperation, anyWhere, (held, operation, where) => {
        expect(may(internal(...held), operation, where)).toBe(held.some((role) => may(internal(role), operation, where)));
      }),
    );
  });
});

describe('external people', () => {
  it.each(['accounting', 'msp'] as const)('of %s reach nothing outside their client and section', (section) => {
    fc.assert(
      fc.property(anyOperation, anyWhere, (operation, where) => {
        if (!may(external(section), operation, where)) return;
        expect(where.clientId).toBe(own);
        expect([undefined, section]).toContain(where.section);
      }),
    );
  });

  it('have exactly these rights', () => {
    expect(reach(external('accounting')).sort()).toEqual(['client.read', 'question.ask accounting', 'question.read accounting', 'section.edit accounting', 'section.read accounting', 'section.stuck accounting', 'section.submit accounting']);
    expect(reach(external('msp')).sort()).toEqual(['client.read', 'password.reveal', 'question.ask msp', 'question.read msp', 'section.edit msp', 'section.read msp', 'section.stuck msp', 'section.submit msp']);
  });

  it('reach nothing when an external role comes without a client, or an internal one with one', () => {
    fc.assert(
      fc.property(anyOperation, anyWhere, fc.constantFrom(...externalRoles), fc.constantFrom(...internalRoles), (operation, where, outer, inner) => {
        expect(may(internal(outer), operation, where)).toBe(false);
        expect(may({ ...external('msp'), roles: [inner] }, operation, where)).toBe(false);
      }),
    );
  });
});

describe('a Sales Rep', () => {
  it('sees and does nothing in the accounting and MSP sections', () => {
    for (const section of ['accounting', 'msp'] as const) {
      for (const operation of operations.filter((one) => one.startsWith('section.'))) expect(may(internal('sales_rep'), operation, { clientId: own, section })).toBe(false);
    }
  });

  it('reads no password, file of downloads, preview, export or history', () => {
    const closed: Operation[] = ['password.reveal', 'password.download', 'download', 'export.preview', 'export.start', 'export.read', 'activity.read', 'users.read'];
    for (const operation of closed) expect(may(internal('sales_rep'), operation, { clientId: own })).toBe(false);
  });

  it('has exactly these rights', () => {
    expect(reach(internal('sales_rep')).sort()).toEqual(
      ['client.create', 'client.list', 'client.read', 'colleagues.read', 'export_record.read', 'question.ask sales', 'question.read sales', 'section.edit sales', 'section.read sales', 'section.stuck sales', 'section.submit sales'].sort(),
    );
  });
});

it('lets no one role both submit and approve alone, except where a second person is asked for elsewhere', () => {
  expect(rolesFor('client.sign_off')).toEqual(['manager', 'onboarding_engineer']);
  expect(rolesFor('section.approve', 'sales')).not.toContain('sales_rep');
  expect(rolesFor('section.approve', 'accounting')).not.toContain('accountant');
  expect(rolesFor('section.approve', 'msp')).not.toContain('msp');
});
