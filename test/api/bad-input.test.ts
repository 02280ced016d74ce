import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newClient, startTestApi, type TestApi } from './support.js';

let test: TestApi;
let client: string;
let vendor: string;

beforeAll(async () => {
  test = await startTestApi();
  const id = await newClient(test);
  await test.store.db.client.update({ where: { id }, data: { stage: 'msp' } });
  client = `/v1/clients/${id}`;
  vendor = `${client}/vendors/${(await test.call('manager', 'POST', `${client}/vendors`, { fields: { company: 'Fiberlink' } })).body.id}`;
});
afterAll(() => test.close());

const everything = async () => [
  await test.store.db.client.findMany({ orderBy: { id: 'asc' } }),
  await test.store.db.record.findMany({ orderBy: { id: 'asc' } }),
  await test.store.db.auditEntry.count(),
];

interface Case {
  name: string;
  as?: 'administrator' | 'manager' | 'onboarding_engineer' | 'sales_rep' | 'stranger';
  method: string;
  url: () => string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  code: string;
  fields?: string[];
  /** Of the first fault. */
  message?: string;
}

const unseen = ' \u200b\u2060\ufeff\u00ad\u00a0';
const nobody = '00000000-0000-7000-8000-000000000001';

const cases: Case[] = [
  { name: 'an unknown field', method: 'POST', url: () => `${client}/vendors`, body: { fields: { company: 'A', colour: 'red' } }, status: 400, code: 'invalid_request', fields: ['fields.colour'] },
  { name: 'an unknown member', method: 'POST', url: () => `${client}/vendors`, body: { fields: { company: 'A' }, id: 1 }, status: 400, code: 'invalid_request', fields: ['id'] },
  { name: 'a field that the product sets itself', method: 'POST', url: () => `${client}/attachments`, body: { fields: { fileName: 'a', size: 1 } }, status: 400, code: 'invalid_request', fields: ['fields.size'] },
  { name: 'a missing field', method: 'POST', url: () => `${client}/vendors`, body: { fields: {} }, status: 400, code: 'invalid_request', fields: ['fields.company'] },
  { name: 'wrong types', method: 'POST', url: () => `${client}/vendors`, body: { fields: { company: 7, important: 'yes' } }, status: 400, code: 'invalid_request', fields: ['fields.company', 'fields.important'] },
  { name: 'a field that is too long', method: 'PATCH', url: () => vendor, body: { version: 1, fields: { service: 'x'.repeat(256) } }, status: 400, code: 'invalid_request', fields: ['fields.service'] },
  { name: 'a mail address that is none, deep in a batch', method: 'POST', url: () => `${client}/vendors/batch`, body: { items: [{ fields: { company: 'A' } }, { fields: { company: 'B', email: 'nobody' } }] }, status: 400, code: 'invalid_request', fields: ['items[1].fields.email'] },
  { name: 'a batch that is too long', method: 'POST', url: () => `${client}/makes/batch`, body: { items: Array.from({ length: 501 }, (_, n) => ({ fields: { name: `m${n}` } })) }, status: 400, code: 'invalid_request', fields: ['items'] },
  { name: 'no version', method: 'PATCH', url: () => vendor, body: { fields: { service: 'a' } }, status: 400, code: 'invalid_request', fields: ['version'] },
  { name: 'a stale version', method: 'PATCH', url: () => vendor, body: { version: 9, fields: { service: 'a' } }, status: 409, code: 'stale_version', fields: ['version'] },
  { name: 'a stale If-Match', method: 'PATCH', url: () => vendor, body: { fields: { service: 'a' } }, headers: { 'if-match': '"9"' }, status: 412, code: 'precondition_failed', fields: ['version'] },
  { name: 'a stale client', method: 'PATCH', url: () => client, body: { version: 99, salesRepId: null }, status: 409, code: 'stale_version', fields: ['version'] },
  { name: 'a section that is closed', method: 'PUT', url: () => `${client}/sales-contact`, body: { fields: { firstName: 'A' } }, status: 409, code: 'wrong_stage' },
  { name: 'a decision at the wrong stage', method: 'POST', url: () => `${client}/sections/sales/approve`, status: 409, code: 'wrong_stage' },
  { name: 'a send-back without a reason', method: 'POST', url: () => `${client}/sections/sales/send-back`, body: { reasons: [] }, status: 400, code: 'invalid_request', fields: ['reasons'] },
  { name: 'an end of retention that is no time', method: 'POST', url: () => `${client}/retention`, body: { purgeAt: 'tomorrow' }, status: 400, code: 'invalid_request', fields: ['purgeAt'] },
  { name: 'a role that may not', as: 'sales_rep', method: 'POST', url: () => `${client}/vendors`, body: { fields: { company: 'A' } }, status: 403, code: 'forbidden' },
  { name: 'a role that may not read', as: 'sales_rep', method: 'GET', url: () => `${client}/passwords`, status: 403, code: 'forbidden' },
  { name: 'a role that may not decide', as: 'sales_rep', method: 'POST', url: () => `${client}/delete`, status: 403, code: 'forbidden' },
  { name: 'a client of another tenant', as: 'stranger', method: 'PATCH', url: () => vendor, body: { version: 1, fields: { service: 'a' } }, status: 404, code: 'not_found' },
  { name: 'an id that cannot be one', method: 'GET', url: () => '/v1/clients/1', status: 404, code: 'not_found' },
  { name: 'a section that does not exist', method: 'POST', url: () => `${client}/sections/kitchen/submit`, status: 404, code: 'not_found' },
  { name: 'a limit that is too large', method: 'GET', url: () => '/v1/clients?limit=1001', status: 400, code: 'invalid_request', fields: ['limit'] },
  { name: 'a limit that is too small', method: 'GET', url: () => '/v1/clients?limit=0', status: 400, code: 'invalid_request', fields: ['limit'], message: 'must be at least 1' },
  { name: 'a version that is too small', method: 'PATCH', url: () => vendor, body: { version: 0, fields: { service: 'a' } }, status: 400, code: 'invalid_request', fields: ['version'], message: 'must be at least 1' },
  { name: 'a number that is too small', method: 'POST', url: () => `${client}/applications`, body: { fields: { name: 'A', licences: -1 } }, status: 400, code: 'invalid_request', fields: ['fields.licences'], message: 'must be at least 0' },
  { name: 'a name that shows nothing', method: 'POST', url: () => `${client}/vendors`, body: { fields: { company: '\u200b\u2060' } }, status: 400, code: 'invalid_request', fields: ['fields.company'], message: 'must not be empty' },
  ...([
    ['a reset', 'POST', 'sections/accounting/reset', { reason: unseen }, 'reason'],
    ['a stand-in', 'POST', 'sections/msp/stand-in', { reason: unseen }, 'reason'],
    ['a stand-in for a page', 'POST', 'sections/msp/pages/vendors/stand-in', { reason: unseen }, 'reason'],
    ['being stuck', 'PUT', 'sections/msp/stuck', { reason: unseen }, 'reason'],
    ['a hold', 'POST', 'retention/hold', { reason: unseen }, 'reason'],
    ['a removal at once', 'POST', 'purge', { reason: unseen }, 'reason'],
    ['a skipped record', 'POST', 'exports/current/skips', { records: [{ recordId: nobody, reason: unseen }] }, 'records[0].reason'],
    ['a page that does not apply', 'PUT', 'sections/msp/pages/vendors/answer', { answer: 'not_applicable', reason: unseen }, 'reason'],
    ['a field that is not known', 'POST', 'vendors', { fields: { company: 'A' }, answers: { service: { answer: 'not_known', reason: unseen } } }, 'answers.service.reason'],
    ['a question', 'POST', 'sections/msp/questions', { text: unseen }, 'text'],
  ] as const).map(([what, method, path, body, field]): Case => ({ name: `${what}, said in words that nobody sees,`, method, url: () => `${client}/${path}`, body, status: 400, code: 'invalid_request', fields: [field], message: 'must not be empty' })),
  { name: 'a send-back, said in words that nobody sees,', as: 'onboarding_engineer', method: 'POST', url: () => `${client}/sections/msp/send-back`, body: { reasons: [{ text: unseen }] }, status: 400, code: 'invalid_request', fields: ['reasons[0].text'], message: 'must not be empty' },
  { name: 'a person whose name nobody sees', as: 'administrator', method: 'POST', url: () => '/v1/users', body: { firstName: unseen, lastName: 'B', email: 'a@b.example', roles: ['sales_rep'] }, status: 400, code: 'invalid_request', fields: ['firstName'], message: 'a first name is needed' },
  { name: 'a name that is taken, in a batch', method: 'POST', url: () => `${client}/makes/batch`, body: { items: [{ fields: { name: 'Dell' } }, { fields: { name: 'HP' } }, { fields: { name: 'dell' } }] }, status: 409, code: 'name_taken', fields: ['items[2].fields.name'] },
  { name: 'a link to nothing, in a batch', method: 'POST', url: () => `${client}/models/batch`, body: { items: [{ fields: { name: 'A' } }, { fields: { name: 'B' }, references: { make: '00000000-0000-7000-8000-000000000001' } }] }, status: 422, code: 'invalid', fields: ['items[1].references.make'] },
  { name: 'an address that cannot be decoded', method: 'GET', url: () => '/v1/clients/%', status: 400, code: 'invalid_request' },
  { name: 'an unknown query', method: 'GET', url: () => '/v1/clients?colour=red', status: 400, code: 'invalid_request', fields: ['colour'] },
  { name: 'a cursor that is none', method: 'GET', url: () => '/v1/clients?cursor=abc', status: 400, code: 'invalid_request', fields: ['cursor'] },
  { name: 'a stage that does not exist', method: 'GET', url: () => '/v1/clients?stage=lunch', status: 400, code: 'invalid_request', fields: ['stage'] },
  { name: 'a body that is no JSON', method: 'POST', url: () => '/v1/clients', body: '{"company":', headers: { 'content-type': 'application/json' }, status: 400, code: 'invalid_request' },
  { name: 'a body of another type', method: 'POST', url: () => '/v1/clients', body: 'company=A', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415, code: 'unsupported_media_type' },
  { name: 'a body that is too large', method: 'POST', url: () => '/v1/clients', body: { company: 'x'.repeat(1024 * 1024) }, status: 413, code: 'too_large' },
  { name: 'an import of another type', method: 'POST', url: () => `${client}/sections/msp/imports?records=vendors`, body: { a: 1 }, status: 415, code: 'unsupported_media_type' },
  { name: 'an Idempotency-Key that is too short', method: 'POST', url: () => '/v1/clients', body: { company: 'A' }, headers: { 'idempotency-key': 'short' }, status: 400, code: 'invalid_request', fields: ['Idempotency-Key'] },
  { name: 'an address that does not exist', method: 'GET', url: () => '/v1/lunch', status: 404, code: 'not_found' },
];

describe('bad input', () => {
  it.each(cases)('$name answers $status $code and changes nothing', async ({ as = 'manager', method, url, body, headers, status, code, fields, message }) => {
    const before = await everything();
    const who = as === 'stranger' ? { token: test.token('manager', 1) } : as;
    const answer = await test.call(who, method, url(), body, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, type: `urn:client-onboarder:problem:${code}`, requestId: answer.headers['x-request-id'] });
    if (fields) expect(answer.body.errors.map((error: { field: string }) => error.field)).toEqual(fields);
    if (message) expect(answer.body.errors[0].message).toBe(message);
    for (const error of answer.body.errors ?? []) expect(error.message).toMatch(/\w/);
    expect(await everything()).toEqual(before);
  });

  it('never comes back in an answer or in the log', async () => {
    const answer = await test.call('manager', 'POST', `${client}/passwords?x=sesame`, { fields: { name: 'n', password: { hunter2: 1 }, email: 'ada@hunter2.example' } });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('hunter2.example');
    expect(test.log.join('')).not.toMatch(/hunter2|sesame|cob_/);
  });
});
