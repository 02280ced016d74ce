import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allKinds, type Field } from '../../domain/kinds/index.js';
import { openClient } from './importing.js';
import { startTestApi, type TestApi } from './support.js';

let test: TestApi;
let client: string;
beforeAll(async () => {
  test = await startTestApi();
  client = await openClient(test);
});
afterAll(() => test.close());

const noText = [7, true, {}, ['a'], 'zero\u0000', 'half a pair \ud800', 'x'.repeat(20_000)];

/** Values that no field of the type may hold. */
const wrong: Readonly<Record<Field['type'], readonly unknown[]>> = {
  text: noText,
  longText: noText,
  secret: noText,
  email: [...noText, 'nobody', 'a@b', 'a b@example.com'],
  phone: [...noText, 'call me', '1'],
  url: [...noText, 'http://a b'],
  date: [20260101, {}, 'tomorrow', '2026-02-30', '31.12.2026', '2026-1-1'],
  boolean: ['yes', 1, {}, []],
  integer: ['7', 1.5, -1, 1e300, {}],
  choice: ['no such word', 7, {}, []],
};

const entered = allKinds.flatMap((kind) => Object.entries(kind.fields).filter(([, field]) => !field.derived).map(([name, field]) => ({ kind, name, field })));

const kept = () => Promise.all([test.store.db.record.count({ where: { clientId: client } }), test.store.db.auditEntry.count({ where: { clientId: client } })]);

describe('a wrong value is refused with the name of its field, and nothing is kept', () => {
  it.each(allKinds.map((kind) => ({ kind, path: kind.path })))('in each field of $path', async ({ kind }) => {
    const before = await kept();
    const method = kind.cardinality === 'one' ? 'PUT' : 'POST';
    const taken: string[] = [];
    for (const { name, field } of entered.filter((one) => one.kind === kind)) {
      for (const value of wrong[field.type]) {
        const answer = await test.call('administrator', method, `/v1/clients/${client}/${kind.path}`, { fields: { [name]: value } });
        const named = (answer.body.errors as { field: string }[] | undefined)?.some((error) => error.field.startsWith(`fields.${name}`));
        if (answer.status !== 400 || answer.body.code !== 'invalid_request' || !named) taken.push(`${name} = ${JSON.stringify(value).slice(0, 40)}: ${answer.status} ${answer.body.code}`);
      }
    }
    expect(taken).toEqual([]);
    expect(await kept()).toEqual(before);
  }, 120_000);

  it.each<[string, string]>([
    ['JSON ten thousand levels deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['members that would reach into every object', '{"fields":{"company":"A"},"__proto__":{"admin":true}}'],
    ['a constructor as a member', '{"fields":{"company":"A"},"constructor":{"prototype":{"admin":true}}}'],
    ['a number beyond all bounds', '{"fields":{"company":1e999}}'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
  ])('a body of %s', async (_, body) => {
    const before = await kept();
    const answer = await test.call('administrator', 'POST', `/v1/clients/${client}/vendors`, body, { 'content-type': 'application/json' });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(await kept()).toEqual(before);
  });

  it('a body that claims 10 GB', async () => {
    const answer = await test.call('administrator', 'POST', `/v1/clients/${client}/vendors`, '{}', { 'content-type': 'application/json', 'content-length': String(10 * 2 ** 30) });
    expect([answer.status, answer.body.code]).toEqual([413, 'too_large']);
  });

  it('and the process still takes the right one', async () => {
    expect((await test.call('administrator', 'POST', `/v1/clients/${client}/vendors`, { fields: { company: 'Still here' } })).status).toBe(201);
  });
});
