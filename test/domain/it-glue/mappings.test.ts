import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alikeEntry, mappedLists, mapWord, wordsOf, type ListEntry, type WordChoice } from '../../../domain/it-glue/index.js';
import { anyClient, record } from './records.js';

const entries: ListEntry[] = [{ id: '1', name: 'Switch' }, { id: '2', name: 'Managed Server' }, { id: '3', name: 'Firewall' }];
const [switches, server, firewall] = entries as [ListEntry, ListEntry, ListEntry];
const word = (name: string, named: ListEntry | null = null) => ({ word: name, records: 1, named, alike: named ? null : alikeEntry(entries, name) });
const map = (found: ReturnType<typeof word>, person?: WordChoice, memory?: WordChoice) => mapWord('configurationTypes', found, entries, { person, memory });

describe('what a word becomes in the account', () => {
  it('is what a person said here, before what was said for an earlier client, before the entry of its name', () => {
    expect(map(word('Switch', switches), { entry: server }, { entry: firewall })).toMatchObject({ entry: server, by: 'person' });
    expect(map(word('Switch', switches), undefined, { entry: firewall })).toMatchObject({ entry: firewall, by: 'memory' });
    expect(map(word('Switch', switches))).toMatchObject({ entry: switches, by: 'name' });
    expect(map(word('Kiosk'))).toEqual({ entry: null, by: 'nothing', undecided: false });
  });

  it('is asked about when an entry is spelled nearly so, until somebody has said which it is', () => {
    expect(map(word('Switches'))).toMatchObject({ entry: null, undecided: false });
    expect(map(word('Fire-Wall'))).toMatchObject({ entry: null, undecided: true });
    expect(map(word('firewalls'))).toMatchObject({ undecided: true });
    expect(map(word('Fire-Wall'), { entry: null })).toEqual({ entry: null, by: 'person', undecided: false });
    expect(map(word('Fire-Wall'), undefined, { entry: firewall })).toMatchObject({ entry: firewall, undecided: false });
    expect(mapWord('operatingSystems', word('Fire-Wall'), entries, {}), 'cannot be created, so nothing is doubled').toMatchObject({ undecided: false });
  });

  it('follows a remembered entry by its name into an account where its id means something else, and forgets one that is gone', () => {
    expect(map(word('Kiosk'), undefined, { entry: { id: '1', name: 'Managed Server' } })).toMatchObject({ entry: server, by: 'memory' });
    expect(map(word('Kiosk'), undefined, { entry: { id: '9', name: 'Gone' } })).toMatchObject({ entry: null, by: 'nothing' });
    expect(map(word('Kiosk'), undefined, { entry: { id: '3', name: 'Its old name' } })).toMatchObject({ entry: firewall });
  });

  it('is always an entry of the account or a new one, and never undecided once a person has said something that holds', () => {
    const anyEntry = fc.record({ id: fc.constantFrom('1', '2', '3', '4'), name: fc.constantFrom('Switch', 'switch ', 'NAS', 'Nas.') });
    const choice = fc.option(fc.record({ entry: fc.option(anyEntry) }), { nil: undefined });
    fc.assert(
      fc.property(fc.constantFrom(...mappedLists), fc.array(anyEntry), fc.constantFrom('Switch', 'nas', 'Kiosk'), choice, choice, (list, present, name, person, memory) => {
        const found = { word: name, records: 1, named: null, alike: alikeEntry(present, name) };
        const mapped = mapWord(list, found, present, { person, memory });
        if (mapped.entry) expect(present).toContainEqual(mapped.entry);
        if (mapped.by === 'person') expect(mapped.undecided).toBe(false);
        if (mapped.undecided) expect(found.alike).not.toBeNull();
      }),
    );
  });
});

describe('the words of a client', () => {
  it('are counted by list, with the word for those who name none', () => {
    const words = wordsOf([
      record('configuration', 'a', { name: 'A', type: 'Switch', status: 'Active', operatingSystem: 'Debian 12' }),
      record('configuration', 'b', { name: 'B' }),
      record('person', 'c', { firstName: 'C' }),
      record('vendor', 'd', { company: 'D' }),
      record('password', 'e', { name: 'E', category: 'Network' }),
    ]);
    expect(Object.fromEntries(mappedLists.map((list) => [list, Object.fromEntries(words[list])]))).toEqual({
      configurationTypes: { Switch: 1, Other: 1 },
      configurationStatuses: { Active: 1 },
      contactTypes: { Employee: 1, Vendor: 1 },
      passwordCategories: { Network: 1 },
      operatingSystems: { 'Debian 12': 1 },
    });
  });

  it('never count more records than there are', () => {
    fc.assert(
      fc.property(anyClient, (records) => {
        for (const list of Object.values(wordsOf(records))) expect([...list.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(records.length);
      }),
    );
  });
});
