import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAddress } from '../../it-glue/address.js';
import { parseLossless } from '../../it-glue/lossless-json.js';
import { readRefusal } from '../../it-glue/refusal.js';
import { createServerClock } from '../../it-glue/server-clock.js';
import { decodeAttributes, encodeAttributes, toCamel, toKebab } from '../../it-glue/wire-names.js';

describe('JSON', () => {
  it('keeps every whole number exactly, as a number where it fits and as its digits where not', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.string(), (number, text) => {
        const parsed = parseLossless(JSON.stringify({ text: `${text} ${number} "${number}\\` }).replace(/}$/, `,"n":[${number},0]}`)) as { text: string; n: unknown[] };
        expect(String(parsed.n[0] === 0 ? 0 : parsed.n[0])).toBe(String(number));
        expect(parsed.text).toBe(`${text} ${number} "${number}\\`);
      }),
    );
  });

  it('is otherwise what JSON.parse gives', () => {
    fc.assert(fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text));
        const longText = `[${text}, "1234567890123456789"]`;
        expect(parseLossless(longText)).toEqual(JSON.parse(longText));
      }), { numRuns: 300 });
  });

  it('leaves long fractions and exponents alone', () => {
    expect(parseLossless('[0.12345678901234567890, 1e30, 12345678901234500e-3]')).toEqual([0.12345678901234568, 1e30, 12345678901234.5]);
  });

  it('does not quote the text in its error', () => {
    expect(() => parseLossless('{"password": hunter2-1234567890123456')).toThrow(/^not valid JSON$/);
  });
});

describe('names', () => {
  it.each([['address1', 'address-1'], ['macAddress', 'mac-address'], ['mitpEndOfLifeDate', 'mitp-end-of-life-date'], ['isLive', 'is-live'], ['contactEmails', 'contact-emails']])('%s is %s on the wire and back', (ours, theirs) => {
    expect(toKebab(ours)).toBe(theirs);
    expect(toCamel(theirs)).toBe(ours);
  });

  it('are changed inside lists as well, and what is undefined is left out', () => {
    expect(encodeAttributes({ firstName: 'Ada', lastName: undefined, contactEmails: [{ labelName: 'Work' }] })).toEqual({ 'first-name': 'Ada', 'contact-emails': [{ 'label-name': 'Work' }] });
  });

  it('never reach a prototype', () => {
    const decoded = decodeAttributes(JSON.parse('{"__proto__":{"polluted":true},"a":1}'));
    expect(decoded).toEqual({ a: 1 });
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });
});

describe('refusals', () => {
  const field = (error: object) => readRefusal({ errors: [error] })[0];
  it.each([
    ['data/attributes/organization_id', 'organization-id', null],
    ['/data/attributes/configuration-type', 'configuration-type-id', null],
    ['/data/3/attributes/mac_address', 'mac-address', 3],
    ['/data/attributes/contact-emails/0/value', 'contact-emails', null],
    ['id', 'id', null],
    ['data', null, null],
    ['/data/attributes/Max Muster', null, null],
    [42, null, null],
  ])('point %s at %s', (pointer, name, index) => {
    expect(field({ title: 'is invalid', source: { pointer } })).toMatchObject({ pointer: name, index });
  });

  it.each([
    'must exist', 'has already been taken', "can't be blank", 'Valid organization_id is required', 'Unauthorized resource access',
    'bulk action not allowed for configuration using this route', 'is too long (maximum is 255 characters)', 'param is missing or the value is empty: resource_type',
    'Request contains invalid trait keys', 'must exist in the same organization', 'The request took too long to process and timed out.', 'content is not valid base64',
  ])('keep "%s"', (text) => {
    expect(field({ title: text })?.title).toBe(text);
  });

  it('drop whatever was submitted', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const secret = `zq${value}zq`;
        const shown = JSON.stringify(readRefusal({ errors: [{ title: `Name ${secret} is invalid`, detail: `"${secret}"`, source: { pointer: `/data/attributes/${secret}` } }] }));
        expect(shown).not.toContain(secret);
      }),
    );
  });

  it.each([['<html>'], [null], [{ errors: 'no' }], [{ errors: [null, 3] }], [{ message: 'Forbidden' }]])('%j names no field', (answer) => {
    expect(readRefusal(answer)).toEqual([]);
  });
});

describe('the server’s clock', () => {
  it('is learnt as the median of the last answers, so that one wrong date does no harm', () => {
    const clock = createServerClock();
    const own = Date.UTC(2026, 0, 1, 12, 0, 0);
    for (let answer = 0; answer < 5; answer += 1) {
      clock.observe(new Date(own + 90_000).toUTCString(), own, own);
      if (answer === 2) clock.observe('Thu, 01 Jan 1970 00:00:00 GMT', own, own);
    }
    expect(clock.offsetMs()).toBe(90_500);
    expect(clock.earliest(own)).toBeLessThanOrEqual(own + 90_000);
    expect(clock.earliest(own)).toBeGreaterThan(own + 87_000);
  });

  it('allows for five minutes while it is not known', () => {
    const clock = createServerClock();
    clock.observe(null, 0, 0);
    clock.observe('not a date', 0, 0);
    expect(clock.offsetMs()).toBeNull();
    expect(clock.earliest(1_000_000)).toBe(700_000);
  });
});

describe('addresses', () => {
  it.each([
    [{ region: 'us' } as const, 'https://api.itglue.com', ''],
    [{ region: 'eu' } as const, 'https://api.eu.itglue.com', ''],
    [{ region: 'au' } as const, 'https://api.au.itglue.com', ''],
    [{ baseUrl: 'https://proxy.test/itglue/' }, 'https://proxy.test', '/itglue'],
    [{ baseUrl: 'http://127.0.0.1:8080' }, 'http://127.0.0.1:8080', ''],
  ])('%j', (address, origin, prefix) => {
    expect(resolveAddress(address)).toEqual({ origin, prefix });
  });

  it.each(['http://api.itglue.com', 'http://127.0.0.1.evil.test', 'ftp://127.0.0.1', 'https://user:pass@x.test', 'https://x.test/?a=b', 'nonsense'])('%s is refused by the name of the setting', (baseUrl) => {
    expect(() => resolveAddress({ baseUrl })).toThrow(/^baseUrl:/);
  });
});
