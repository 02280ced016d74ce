import { expect, it } from 'vitest';
import { Accepted } from '../../api/imports/accepted.js';
import { wholeRecord } from '../../api/schemas/record.js';
import { kindOf, type Content } from '../../domain/kinds/index.js';

const configuration = kindOf('configuration');
const some: Partial<Content>[] = [
  { name: ' Front desk ', macAddress: '00-1a-2b-3c-4d-5e', installedAt: '2024-01-02' },
  { name: 'Front desk', macAddress: '00:1A:2B:3C:4D:5E', installedAt: null, restricted: false },
  { name: 'Front desk', macAddress: 'none' },
  { name: 'Front\ndesk' },
  { name: '' },
  { name: null },
  { serialNumber: '1' },
  { name: 'x', restricted: true, notes: 'two\nlines' },
  { name: 'x', nothing: 'of the kind' },
];
// Each twice, so that it comes when it is known already, and again after more names than are remembered.
const rows = [...some, ...some, ...Array.from({ length: 300 }, (_, number) => ({ name: `Desk ${number}` })), ...some];

it.each(['new', 'change'] as const)('rows are taken as the schema takes them, and none that it refuses (%s)', (row) => {
  const accepted = new Accepted(configuration);
  const schema = row === 'new' ? configuration.entrySchema : configuration.changeSchema;
  for (const given of rows) {
    const judged = schema.safeParse(given);
    const taken = accepted.of(given, row);
    const whole = (fields: Partial<Content>) => (row === 'new' ? wholeRecord(configuration, { fields }).content : fields);
    expect([given, taken && whole(taken)]).toEqual([given, judged.success ? whole(judged.data as Partial<Content>) : null]);
  }
});
