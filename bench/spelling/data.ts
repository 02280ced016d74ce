import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

const catalogueFile = z.array(z.object({ manufacturer: z.string(), model: z.string() }));
const correctionsFile = z.array(
  z.object({
    field: z.enum(['model', 'manufacturer']),
    manufacturer: z.string(),
    before: z.string(),
    after: z.string(),
    alternatives: z.array(z.string()).optional(),
    kind: z.string(),
  }),
);
const variantsFile = z.array(z.object({ canonical: z.string(), variants: z.array(z.string()) }));
const lookAlikesFile = z.array(z.object({ a: z.string(), b: z.string() }));

export interface Correction {
  manufacturer: string;
  before: string;
  right: string[];
}

/** The labelled data: models of makers, corrections that people made, spellings of makers, makers with near names. */
export interface SpellingData {
  catalogue: { manufacturer: string; model: string }[];
  corrections: Correction[];
  variants: { canonical: string; variants: string[] }[];
  lookAlikes: { a: string; b: string }[];
}

/** The folder of the data: `SPELLING_DATA`, or `../shared/data/device-types` beside the project. */
export function dataFolder(): string {
  const named = process.env['SPELLING_DATA'];
  return resolve(projectRoot, named !== undefined && named !== '' ? named : '../shared/data/device-types');
}

function read<T>(folder: string, file: string, schema: z.ZodType<T>): T {
  const path = resolve(folder, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`The spelling data are missing: cannot read ${path}. Set SPELLING_DATA to the folder that holds ${file}.`, { cause });
  }
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${path} is not in the expected form: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

/** Reads and checks all four files; an error names the file that is missing or wrong. */
export function loadData(folder: string = dataFolder()): SpellingData {
  return {
    catalogue: read(folder, 'catalogue.dev.json', catalogueFile),
    corrections: read(folder, 'corrections.dev.json', correctionsFile)
      .filter(({ field }) => field === 'model')
      .map(({ manufacturer, before, after, alternatives }) => ({ manufacturer, before, right: [after, ...(alternatives ?? [])] })),
    variants: read(folder, 'maker-variants.dev.json', variantsFile),
    lookAlikes: read(folder, 'look-alikes.dev.json', lookAlikesFile),
  };
}
