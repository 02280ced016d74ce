import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allKinds, kindByPath, kindNames, kindOf, kinds, secretFields, type AnyKind, type Content } from '../../domain/kinds/index.js';
import type { Field } from '../../domain/kinds/fields.js';

/** A value that a field takes, so that one field at a time can be made wrong. */
function goodValue(field: Field): string | number | boolean {
  const candidates = ['10.0.0.1', 'ada@example.com', '555-0100', '2026-03-31', '00:1A:2B:3C:4D:5E', '123', 'Some text', true, 12];
  const found = candidates.find((value) => field.schema.safeParse(value).success && (field.type !== 'integer' || value === 12));
  if (found === undefined) throw new Error(`No value fits ${field.label}`);
  return found;
}

const entered = (kind: AnyKind) => Object.entries(kind.fields).filter(([, field]) => !field.derived);
const goodEntry = (kind: AnyKind): Content => Object.fromEntries(entered(kind).map(([name, field]) => [name, goodValue(field)]));

/** Where the schema refuses a whole record whose one field is changed. */
function refusal(kind: AnyKind, name: string, value: unknown): string[] {
  const result = kind.entrySchema.safeParse({ ...goodEntry(kind), [name]: value });
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'));
}

const everyField = allKinds.flatMap((kind) => entered(kind).map(([name, field]) => ({ kind, name, field, is: `${kind.name}.${name}` })));
const textual = everyField.filter(({ field }) => ['text', 'longText', 'email', 'phone', 'url', 'secret'].includes(field.type));

describe('the catalogue', () => {
  it('has one kind for each name, found by its path', () => {
    expect(allKinds.map((kind) => kind.name)).toEqual([...kindNames]);
    expect(Object.keys(kinds).sort()).toEqual([...kindNames].sort());
    for (const kind of allKinds) expect(kindByPath(kind.path)).toBe(kind);
    expect(kindByPath('nothing')).toBeUndefined();
  });

  it('puts every kind after the kinds that it links to', () => {
    const links = allKinds.flatMap((kind) => Object.values(kind.references).flatMap(({ to }) => to.map((name) => [kind.name, name] as const)));
    expect(links.filter(([from, to]) => kindNames.indexOf(to) >= kindNames.indexOf(from))).toEqual([]);
  });

  it('names no column of another tool for two fields of one kind', () => {
    for (const kind of allKinds) {
      const words = [...Object.values(kind.fields), ...Object.values(kind.references)].flatMap((one) => [one.label.toLowerCase(), ...one.synonyms.filter((word) => word !== one.label.toLowerCase())]);
      expect(words.filter((word, index) => words.indexOf(word) !== index), kind.name).toEqual([]);
    }
  });

  it('knows which fields hold secrets', () => {
    expect(allKinds.flatMap((kind) => secretFields(kind).map((name) => `${kind.name}.${name}`))).toEqual(['password.password', 'password.otpSecret']);
  });
});

const quick = everyField.flatMap(({ field, is }) => (field.taken ? [{ field, is, taken: field.taken }] : []));

it.each(quick)('$is: what it takes at a glance its schema takes, and leaves it as it is', ({ field, taken }) => {
  fc.assert(fc.property(fc.stringMatching(taken), (text) => field.schema.parse(text) === text), { numRuns: 50 });
});

describe.each(allKinds.map((kind) => ({ name: kind.name, kind })))('a $name', ({ kind }) => {
  it('is taken with every field filled, and comes out the same a second time', () => {
    const once = kind.entrySchema.parse(goodEntry(kind));
    expect(kind.entrySchema.parse(once)).toEqual(once);
    expect(Object.values(once).every((value) => value !== null)).toBe(true);
  });

  it('is taken with only what is needed to save; the rest is null', () => {
    const needed = Object.fromEntries(entered(kind).filter(([, field]) => field.requirement === 'save').map(([name, field]) => [name, goodValue(field)]));
    const taken = kind.entrySchema.parse(needed) as Content;
    expect(Object.keys(taken).sort()).toEqual(entered(kind).map(([name]) => name).sort());
    for (const [name, value] of Object.entries(taken)) if (!(name in needed)) expect(value, name).toBeNull();
  });

  it('is refused without a field that is needed to save, naming the field', () => {
    for (const [name, field] of entered(kind)) {
      if (field.requirement !== 'save') continue;
      expect(refusal(kind, name, undefined)).toEqual([name]);
      expect(refusal(kind, name, null)).toEqual([name]);
      expect(refusal(kind, name, '   '), 'blanks only').toEqual([name]);
    }
  });

  it('is refused with a field that it does not have, also as a change', () => {
    for (const unknown of ['nickname', 'constructor', '__proto__', 'id', 'tenantId']) {
      const body = JSON.parse(`{${JSON.stringify(unknown)}: "x"}`) as object;
      const whole = Object.defineProperty({ ...goodEntry(kind) }, unknown, { value: 'x', enumerable: true });
      expect(kind.entrySchema.safeParse(whole).success, unknown).toBe(false);
      expect(kind.changeSchema.safeParse(body).success, unknown).toBe(false);
    }
  });

  it('does not let a person enter what the product derives', () => {
    for (const [name, field] of Object.entries(kind.fields)) {
      if (!field.derived) continue;
      expect(kind.entrySchema.safeParse({ ...goodEntry(kind), [name]: goodValue(field) }).success).toBe(false);
      expect(kind.changeSchema.safeParse({ [name]: goodValue(field) }).success).toBe(false);
      expect((kind.schema.parse({ ...goodEntry(kind), [name]: goodValue(field) }) as Content)[name]).toBe(goodValue(field));
    }
  });

  it('is changed by any part of it, and by nothing else than that part', () => {
    for (const [name, field] of entered(kind)) expect(kind.changeSchema.parse({ [name]: goodValue(field) })).toEqual({ [name]: goodValue(field) });
    expect(kind.changeSchema.parse({})).toEqual({});
  });

  it('has a title', () => {
    expect(kind.title(kind.schema.parse(goodEntry(kind)) as never)).not.toBe('');
  });
});

describe('a field', () => {
  it.each(textual)('$is refuses NUL and half of a surrogate pair', ({ kind, name, field }) => {
    const good = String(goodValue(field));
    for (const bad of ['\u0000', '\ud83d', '\udc00']) expect(refusal(kind, name, `${good}${bad}${good}`)).toContain(name);
  });

  it.each(textual)('$is refuses one character more than its limit', ({ kind, name, field }) => {
    const longest = [5, 20, 40, 45, 64, 100, 128, 200, 255, 512, 1_000, 2_000, 4_000, 10_000].filter((length) => {
      const sample = field.type === 'email' ? `a@${'b.'.repeat(length)}example.com`.slice(-length).replace(/^[.@]*/, (cut) => 'a'.repeat(cut.length)) : '1'.repeat(length);
      return refusal(kind, name, sample.length === length ? sample : '').length === 0;
    });
    expect(refusal(kind, name, '1'.repeat(10_001))).toContain(name);
    if (field.type !== 'email' && longest.length > 0) expect(refusal(kind, name, '1'.repeat(longest.at(-1)! + 1))).toContain(name);
  });

  it.each(everyField.filter(({ field }) => field.type === 'text'))('$is is one line', ({ kind, name, field }) => {
    const good = String(goodValue(field));
    for (const line of ['\n', '\r', '\r\n']) expect(refusal(kind, name, `${good}${line}${good}`)).toContain(name);
  });

  it.each(everyField)('$is refuses a value of another type', ({ kind, name }) => {
    for (const wrong of [{}, [], ['x'], 1.5, Number.NaN]) expect(refusal(kind, name, wrong).some((path) => path.startsWith(name))).toBe(true);
  });

  it('says in words what a mail address, a phone number, a date, an address on the network must be', () => {
    const words = (kind: AnyKind, name: string, value: unknown) => kind.changeSchema.safeParse({ [name]: value }).error?.issues[0]?.message;
    expect(words(kindOf('person'), 'email', 'ada at example')).toBe('must be a mail address such as ada@example.com');
    expect(words(kindOf('person'), 'workPhone', 'call me')).toBe('must be a phone number');
    expect(words(kindOf('person'), 'workExt', '123456')).toMatch(/at most 5|up to five/);
    expect(words(kindOf('configuration'), 'installedAt', '31.03.2026')).toBe('must be a date such as 2026-03-31');
    expect(words(kindOf('configuration'), 'installedAt', '2026-02-30')).toBe('must be a date such as 2026-03-31');
    expect(words(kindOf('configuration'), 'primaryIp', '10.0.0.256')).toBe('must be an IP address');
    expect(words(kindOf('configuration'), 'macAddress', '00:1A:2B')).toBe('must be a MAC address such as 00:1A:2B:3C:4D:5E');
  });

  it('writes a MAC address in one way however it was typed', () => {
    const typed = ['001a2b3c4d5e', '00-1A-2B-3C-4D-5E', '001a.2b3c.4d5e', ' 00:1a:2b:3c:4d:5e '];
    for (const macAddress of typed) expect(kindOf('configuration').changeSchema.parse({ macAddress })).toEqual({ macAddress: '00:1A:2B:3C:4D:5E' });
  });

  it('trims text but keeps a secret exactly as it was typed', () => {
    expect(kindOf('password').changeSchema.parse({ name: '  Router  ', password: '  s3cret\t ' })).toEqual({ name: 'Router', password: '  s3cret\t ' });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (password) => {
        fc.pre(password.isWellFormed() && !password.includes('\u0000'));
        expect(kindOf('password').changeSchema.parse({ password })).toEqual({ password });
      }),
    );
  });

  it('answers at once whatever is sent as a phone number', () => {
    const started = performance.now();
    for (const text of ['1 '.repeat(50_000), `${'1'.repeat(100_000)}!`, `1${' '.repeat(100_000)}!`]) refusal(kindOf('person'), 'workPhone', text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('what makes a record unique', () => {
  it('is the name of a site and a make, and the make and name of a model', () => {
    expect(kinds.site.uniqueBy!({ name: 'HQ' } as never, {} as never)).toBe('HQ');
    const model = (make: string | null) => kinds.model.uniqueBy!({ name: 'T1' } as never, { make } as never);
    expect(model('a')).not.toBe(model('b'));
    expect(model(null)).not.toBe(model('a'));
    expect(allKinds.filter((kind) => kind.uniqueBy).map((kind) => kind.name)).toEqual(['site', 'make', 'model', 'application']);
  });
});

describe('the name of a file', () => {
  const saved = (name: string) => kinds.attachment.fields.fileName.schema.safeParse(name);
  it.each([
    ['C:\\Users\\ada\\Network plan.pdf', 'Network plan.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['annexe\u202Efdp.exe', 'annexefdp.exe'],
    ['a\u0007b.txt', 'ab.txt'],
    ['what?<now>.txt', 'what__now_.txt'],
    ['report.pdf. . ', 'report.pdf'],
    ['Überblick 2026.xlsx', 'Überblick 2026.xlsx'],
  ])('%j is kept as %j', (given, kept) => expect(saved(given).data).toBe(kept));

  it('that has nothing left is refused', () => {
    for (const name of ['', '...', '/', '\u202E']) expect(saved(name).success).toBe(false);
  });
});
