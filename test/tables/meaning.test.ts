import { describe, expect, it } from 'vitest';
import { kinds, type AnyKind } from '../../domain/kinds/index.js';
import { fieldOf, matchColumns } from '../../tables/match.js';
import type { Cell } from '../../tables/cells.js';
import { dayOrderOf, noEvidence, noteDay } from '../../tables/dates.js';
import { converted as convertedTable } from './reading.js';

const site = kinds.site as unknown as AnyKind;
const configuration = kinds.configuration as unknown as AnyKind;
const password = kinds.password as unknown as AnyKind;
const attachment = kinds.attachment as unknown as AnyKind;

const meant = (kind: AnyKind, ...headers: string[]) => matchColumns(kind, headers).map((column) => fieldOf(column.meaning));

function converted(kind: AnyKind, headers: string[], ...rows: Cell[][]) {
  const read = convertedTable(kind, { headers, rows: rows.map((cells, index) => ({ number: index + 2, cells })) });
  return { rows: read, faults: read.flatMap((row) => row.faults) };
}

describe('headers', () => {
  it.each([
    [site, ['Site Name', 'Postal Code', 'STREET_ADDRESS', 'Colour'], ['name', 'zip', 'address1', null]],
    [configuration, ['Device Name', 'Manufacturer', 'Système', 'IP-Address', 'Location'], ['name', 'make', null, 'primaryIp', 'site']],
    [configuration, ['serialNumber', 'Serial number'], ['serialNumber', null]],
    [site, ['Location', 'State/Province', 'Zip/Postal Code'], ['name', 'state', 'zip']],
    [password, ['Name', 'OTPAuth'], ['name', 'otpSecret']],
    [attachment, ['File name', 'Size in bytes', 'SHA-256'], ['fileName', null, null]],
  ] as [AnyKind, string[], (string | null)[]][])('of %# mean the fields that they name', (kind, headers, fields) => {
    expect(meant(kind, ...headers)).toEqual(fields);
  });

  it('fill each field from one column only, the one that is called exactly so', () => {
    expect(meant(site, 'Location', 'Name')).toEqual([null, 'name']);
  });

  it('do not take another tool\'s ids for ours', () => {
    expect(meant(configuration, 'Site ID', 'Site')).toEqual([null, 'site']);
    const { rows } = converted(site, ['Id', 'Name'], ['4711', 'Main']);
    expect(rows[0]!.id).toBeNull();
  });
});

describe('dates', () => {
  const read = (...values: Cell[]) => {
    const result = converted(configuration, ['Name', 'Installed at'], ...values.map((value) => ['n', value]));
    return { dates: result.rows.map((row) => row.fields['installedAt']), faults: result.faults };
  };

  it.each([
    ['2026-03-31', '2026-03-31'],
    ['2026-03-31T08:15:00Z', '2026-03-31'],
    ['2026-05-01 08:15', '2026-05-01'],
    ['31.3.2026', '2026-03-31'],
    ['12-Mar-2024', '2024-03-12'],
    ['Mar 12, 2024', '2024-03-12'],
    ['11/26/2019 12:00:00 AM', '2019-11-26'],
    ['1/31/24', '2024-01-31'],
  ])('%s is read as %s', (text, date) => {
    expect(read(text)).toMatchObject({ dates: [date], faults: [] });
  });

  it('take day and month by what all values of the column allow', () => {
    expect(read('3/4/2026', '25/4/2026')).toMatchObject({ dates: ['2026-04-03', '2026-04-25'], faults: [] });
    expect(read('3/4/2026', '4/25/2026')).toMatchObject({ dates: ['2026-03-04', '2026-04-25'], faults: [] });
  });

  it('that could be two are refused when nothing tells, or when the column contradicts itself', () => {
    const fault = (row: number) => ({ row, column: 'Installed at', field: 'installedAt', message: expect.stringContaining('could be two dates') as string });
    expect(read('3/4/2026', '5/5/2026')).toEqual({ dates: [undefined, '2026-05-05'], faults: [fault(2)] });
    expect(read('25/4/2026', '4/25/2026', '3/4/2026')).toEqual({ dates: ['2026-04-25', '2026-04-25', undefined], faults: [fault(4)] });
  });

  it('follow the other columns of the file where their own says nothing', () => {
    const told = (...values: string[]) => {
      const days = noEvidence();
      values.forEach((value, index) => noteDay(days, value, index + 2));
      return days;
    };
    const unclear = told('3/4/2026');
    expect(dayOrderOf(unclear, [told('25/4/2026')])).toMatchObject({ value: 'day_first', sure: 'likely' });
    expect(dayOrderOf(unclear, [told('25/4/2026'), told('4/25/2026')])).toMatchObject({ value: 'unknown' });
    expect(dayOrderOf(told('31.3.2026', '2026-04-03'), [])).toBeNull();
  });

  it('that do not exist are refused', () => {
    expect(read('2026-02-30').faults[0]).toMatchObject({ row: 2, column: 'Installed at', field: 'installedAt' });
    expect(read('soon').faults).toHaveLength(1);
  });
});

describe('other cells', () => {
  it.each([['Yes', true], ['x', true], ['1', true], [1, true], [true, true], ['no', false], ['FALSE', false], ['', null]])('%s is a switch of %s', (cell, value) => {
    expect(converted(site, ['Name', 'Primary'], ['n', cell as Cell]).rows[0]!.fields['primary']).toBe(value);
  });

  it('a number is the text that it shows, and blanks are nothing', () => {
    const { rows } = converted(site, ['Name', 'Zip', 'City'], [' Main ', 97209, '  ']);
    expect(rows[0]!.fields).toEqual({ name: 'Main', zip: '97209', city: null });
  });

  it('beyond the header are a fault, not lost', () => {
    expect(converted(site, ['Name'], ['Main', 'lost?']).faults).toEqual([{ row: 2, column: null, field: null, message: 'has more cells than the header row' }]);
  });
});
