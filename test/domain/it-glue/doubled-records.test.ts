import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameRecords } from '../../../domain/it-glue/index.js';
import { anyClient, record } from './records.js';

const reasons = (...records: Parameters<typeof sameRecords>[0]) => sameRecords(records).map(({ recordIds, reason, band }) => [recordIds.join(''), reason, band]);
const device = (id: string, content: object) => record('configuration', id, { name: `PC ${id}`, ...content });

describe('what a client has entered twice', () => {
  it('is known by serial number, asset tag, MAC address or hostname of devices, however they are written', () => {
    expect(reasons(device('a', { serialNumber: 'ab-12 3X' }), device('b', { serialNumber: 'AB123x' }))).toEqual([['ab', 'the same serial number', 'same']]);
    expect(reasons(device('a', { assetTag: 'T-7' }), device('b', { assetTag: 't7' }))).toEqual([['ab', 'the same asset tag', 'same']]);
    expect(reasons(device('a', { macAddress: '00:1A:2B:3C:4D:5E' }), device('b', { macAddress: '001a2b3c4d5e' }))).toEqual([['ab', 'the same MAC address', 'same']]);
    expect(reasons(device('a', { hostname: 'pc-1' }), device('b', { hostname: 'PC-1.corp.example' }), device('c', { hostname: 'pc-2' }))).toEqual([['ab', 'the same hostname', 'probable']]);
  });

  it('is not what makers write where there is nothing', () => {
    for (const serialNumber of ['To be filled by O.E.M.', 'N/A', '00000000', 'Default string', '123456789', '']) expect(reasons(device('a', { serialNumber }), device('b', { serialNumber }))).toEqual([]);
    for (const macAddress of ['00:00:00:00:00:00', 'FF:FF:FF:FF:FF:FF']) expect(reasons(device('a', { macAddress }), device('b', { macAddress }))).toEqual([]);
    const all = Array.from({ length: 21 }, (_, index) => device(`d${index}`, { hostname: 'kiosk' }));
    expect(reasons(...all)).toEqual([]);
  });

  it('is one password of one name and username at one place, and one site of one address', () => {
    const login = (id: string, username: string | null, configuration: string | null = null) => record('password', id, { name: 'Admin', username }, { configuration });
    expect(reasons(login('a', 'root'), login('b', 'ROOT'), login('c', 'root', 'pc'), login('d', null))).toEqual([['ab', 'the same name and username at the same place', 'probable']]);
    const site = (id: string, address1: string, city: string) => record('site', id, { name: id, address1, city });
    expect(reasons(site('a', '1 Main St.', 'Salem'), site('b', '1 main st', 'SALEM'), site('c', '1 Main St', 'Bend'))).toEqual([['ab', 'the same address', 'probable']]);
  });

  it('names records of one kind, each once in a group, and a group once', () => {
    fc.assert(
      fc.property(anyClient, (records) => {
        const groups = sameRecords(records);
        expect(new Set(groups.map((one) => one.recordIds.join(' '))).size).toBe(groups.length);
        for (const { kind, recordIds } of groups) {
          expect(new Set(recordIds).size).toBe(recordIds.length);
          for (const id of recordIds) expect(records.find((one) => one.id === id)?.kind).toBe(kind);
        }
      }),
    );
  });
});
