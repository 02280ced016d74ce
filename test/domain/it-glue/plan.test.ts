import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientFileHost, planExport, resourceOf, resources } from '../../../domain/it-glue/index.js';
import { kindNames } from '../../../domain/kinds/index.js';
import { anyClient, record } from './records.js';

describe('the plan of an export', () => {
  it('has every record exactly once: as something to create, or as one that has no home, with the reason', () => {
    fc.assert(
      fc.property(anyClient, (records) => {
        const { units, withoutHome } = planExport(records);
        expect([...units, ...withoutHome].map((one) => one.recordId).sort()).toEqual(records.map((one) => one.id).sort());
        for (const one of withoutHome) expect(one.message).not.toBe('');
      }),
    );
  });

  it('creates nothing before what it refers to', () => {
    fc.assert(
      fc.property(anyClient, (records) => {
        const { units } = planExport(records);
        const at = new Map(units.map((unit, index) => [unit.recordId, index]));
        units.forEach((unit, index) => {
          const source = records.find((one) => one.id === unit.recordId)!;
          const wanted = [...Object.values(source.references), unit.parent?.recordId ?? null].filter((id): id is string => id !== null);
          for (const id of wanted) expect(at.get(id)).toBeLessThan(index);
        });
        expect(units.map((unit) => resources.indexOf(unit.resource))).toEqual(units.map((unit) => resources.indexOf(unit.resource)).sort((a, b) => a - b));
      }),
    );
  });

  it('is the same for the same records, in whatever order they are read, and leaves them as they are', () => {
    fc.assert(
      fc.property(anyClient, fc.nat(), (records, turn) => {
        const before = structuredClone(records);
        const rotated = [...records.slice(turn % (records.length || 1)), ...records.slice(0, turn % (records.length || 1))];
        expect(planExport(rotated)).toEqual(planExport(records));
        expect(records).toEqual(before);
      }),
    );
  });

  it('leaves out no person, vendor, site, configuration, password, make or model', () => {
    fc.assert(
      fc.property(anyClient, (records) => {
        const out = new Set(planExport(records).withoutHome.map((one) => one.kind));
        for (const kind of ['company', 'person', 'vendor', 'site', 'configuration', 'password', 'make', 'model'] as const) expect(out.has(kind)).toBe(false);
      }),
    );
  });

  it('has a resource for every kind except the outgoing MSP', () => {
    expect(kindNames.filter((kind) => resourceOf(kind) === null)).toEqual(['current-msp']);
  });
});

describe('points of contact', () => {
  const left = (...records: ReturnType<typeof record>[]) => planExport(records).withoutHome.map((one) => [one.recordId, one.message]);
  const per = { firstName: 'Per', lastName: 'Dahl', email: 'per@x.example' };

  it('who are among the personnel become one contact, by mail address or by full name', () => {
    const person = record('person', 'p', per);
    expect(left(person, record('accountant', 'a', { ...per, firstName: 'P.', email: 'PER@x.example ' }))).toEqual([['a', 'Is created once, as Per Dahl of Personnel']]);
    expect(left(person, record('sales-contact', 's', { firstName: ' per', lastName: 'DAHL', email: 'other@x.example' }))).toEqual([['s', 'Is created once, as Per Dahl of Personnel']]);
  });

  it('who are somebody else stay, and two people of one name among the personnel both stay', () => {
    expect(left(record('person', 'p', per), record('accountant', 'a', { firstName: 'Nora', lastName: 'Vale', email: 'nora@x.example' }))).toEqual([]);
    expect(left(record('person', 'p1', per), record('person', 'p2', per))).toEqual([]);
  });

  it('who are named twice become one, whoever comes first in the order accountant, accounting, sales', () => {
    const found = left(record('sales-contact', 's', per), record('accounting-contact', 'c', per), record('accountant', 'a', per));
    expect(found.map(([id]) => id).sort()).toEqual(['c', 's']);
  });

  it('without name and mail address are never taken for one another', () => {
    expect(left(record('sales-contact', 's', {}), record('accounting-contact', 'c', {}), record('accountant', 'a', {}))).toEqual([]);
  });
});

describe('a file of the client as a whole', () => {
  const file = record('attachment', 'f', { fileName: 'overview.pdf' });

  it('is put at the primary site, else at the first one', () => {
    const [a, b] = [record('site', 'a', { name: 'A' }, {}, 1), record('site', 'b', { name: 'B', primary: true }, {}, 2)];
    expect(clientFileHost([b, a])?.id).toBe('b');
    expect(clientFileHost([record('site', 'b', { name: 'B' }, {}, 2), a])?.id).toBe('a');
    expect(planExport([a, b, file]).units.at(-1)).toEqual({ resource: 'attachment', recordId: 'f', kind: 'attachment', parent: { resource: 'location', recordId: 'b' } });
  });

  it('has no home where there is no site, and the preview says so', () => {
    expect(planExport([file]).withoutHome).toEqual([
      { recordId: 'f', kind: 'attachment', title: 'overview.pdf', message: 'IT Glue keeps no files on an organization, and there is no site to put it at' },
    ]);
  });

  it('that belongs to a record goes there and not to the site', () => {
    const site = record('site', 'a', { name: 'A' });
    const password = record('password', 'p', { name: 'Login' });
    const { units } = planExport([site, password, record('attachment', 'f', { fileName: 'x' }, { parent: 'p' })]);
    expect(units.at(-1)!.parent).toEqual({ resource: 'password', recordId: 'p' });
  });
});
