import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { deflateSync, gzipSync } from 'node:zlib';
import ExcelJS from 'exceljs';
import yazl from 'yazl';
import { describe, expect, it } from 'vitest';
import { allKinds, secretFields } from '../../domain/kinds/index.js';
import { Search, type Encoding, type Hit } from './search.js';
import { allFields, Canaries, forms, type Form } from './words.js';

const canaries = new Canaries();
const search = new Search(canaries);
const one = Object.fromEntries(forms.map((form) => [form, canaries.make(`test.${form}`, form)])) as Record<Form, ReturnType<Canaries['make']>>;
const found = (hits: readonly Hit[]) => hits.map(({ canary, encoding, within }) => [canary?.field ?? 'unknown', encoding, ...within].join(' '));
const around = (text: string | Buffer) => Buffer.concat([Buffer.from('before '), Buffer.from(text as string), Buffer.from(' after')]);

const written: Readonly<Record<Encoding, (core: string) => (string | Buffer)[]>> = {
  plain: (core) => [core, JSON.stringify({ core }), encodeURIComponent(core).replaceAll('%3A', ':'), `<td>${core}</td>`],
  'upper case': (core) => [core === core.toUpperCase() ? core.toLowerCase() : core.toUpperCase()],
  'UTF-16': (core) => [Buffer.from(core, 'utf16le'), Buffer.from(core, 'utf16le').swap16()],
  hex: (core) => [Buffer.from(core).toString('hex'), Buffer.from(core).toString('hex').toUpperCase()],
  'hex with blanks': (core) => [Buffer.from(core).toString('hex').match(/../g)!.join(' ')],
  base64: (core) => ['', 'x', 'xy'].flatMap((before) => (['base64', 'base64url'] as const).map((form) => Buffer.from(`${before}${core} and more`).toString(form))),
  'percent-encoded': (core) => [Buffer.from(core).toString('hex').replace(/../g, '%$&'), Buffer.from(core).toString('hex').toUpperCase().replace(/../g, '%$&')],
  'list of bytes': (core) => [JSON.stringify(Buffer.from(core)), [...Buffer.from(core)].join(', ')],
};

describe('the search', () => {
  it.each(Object.entries(written) as [Encoding, (core: string) => (string | Buffer)[]][])('finds a canary written as %s, and says which', (encoding, write) => {
    for (const form of forms) {
      const { core, field } = one[form];
      // Digits have no upper case.
      if (encoding === 'upper case' && core.toLowerCase() === core.toUpperCase()) continue;
      for (const text of write(core)) expect(found(search.in(around(text))), `${form}: ${String(text)}`).toContain(`${field} ${encoding}`);
    }
  });

  it('finds it in gzip, zlib, ZIP and a workbook, also one in the other', async () => {
    const { core } = one.word;
    expect(found(search.in(around(gzipSync(core))))).toEqual(['test.word plain gzip']);
    expect(found(search.in(around(deflateSync(core))))).toEqual(['test.word plain zlib']);
    expect(found(search.in(gzipSync(deflateSync(core))))).toEqual(['test.word plain gzip zlib']);
    const folder = await mkdtemp(join(tmpdir(), 'client-onboarder-search-'));
    try {
      const archive = new yazl.ZipFile();
      archive.addBuffer(Buffer.from(`a,b\n${core},c\n`), 'sites.csv');
      archive.end();
      const file = createWriteStream(join(folder, 'a.zip'));
      archive.outputStream.pipe(file);
      await once(file, 'close');
      expect(found(search.in(await readFile(join(folder, 'a.zip'))))).toContain('test.word plain zip');
      const book = new ExcelJS.Workbook();
      book.addWorksheet('Sites').addRow([core]);
      expect(found(search.in(Buffer.from(await book.xlsx.writeBuffer())))).toContain('test.word plain zip');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('finds one that was cut off, and takes nothing else for one', () => {
    expect(found(search.inText(`...${one.word.core.slice(0, -1)}`))).toEqual(['unknown plain']);
    expect(found(search.inText('Xanadu 77 fd00:1:2::1 02:00:00:00:00:00'))).toEqual([]);
    expect(new Search(new Canaries()).inText(one.word.core), 'of another run').toEqual([]);
  });
});

describe('the canaries', () => {
  const own = new Canaries();
  const contents = allKinds.map((kind) => ({ kind, content: own.content(kind) }));

  it('are in every field that holds words, numbers or secrets, each once, and each field keeps its own', () => {
    const planted = own.all.map(({ field }) => field);
    expect(new Set(planted).size).toBe(planted.length);
    expect([...planted, ...own.unplanted.keys()].sort()).toEqual([...allFields].sort());
    for (const { kind, content } of contents) {
      for (const secret of secretFields(kind)) expect(planted).toContain(`${kind.name}.${secret}`);
      for (const [name, value] of Object.entries(content)) {
        const { field } = own.all.find((canary) => String(value) === canary.value)!;
        expect(field).toBe(`${kind.name}.${name}`);
      }
    }
  });

  it('are missing only where a value is one of few, is shorter than six characters, or is the product’s own', () => {
    for (const kind of allKinds) {
      for (const [name, field] of Object.entries(kind.fields)) {
        const reason = own.unplanted.get(`${kind.name}.${name}`);
        if (reason === 'few values') expect(['boolean', 'choice', 'date']).toContain(field.type);
        if (reason === 'set by the product') expect(field.derived).toBe(true);
        if (reason === 'too short') expect(field.schema.safeParse('1234567').success, `${kind.name}.${name}`).toBe(false);
      }
    }
  });

  it('are found as they are entered', () => {
    const finder = new Search(own);
    for (const { field, value } of own.all) expect(finder.inText(JSON.stringify({ value })).map(({ canary }) => canary?.field)).toContain(field);
  });
});
