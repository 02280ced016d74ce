import { prepare, type MakeModel } from '../../domain/spelling/index.js';
import { seeded } from './rates.js';

export interface Speed {
  /** Preparing the catalogue and all look-ups, in milliseconds. */
  milliseconds: number;
  /** Growth of the process's resident memory at its highest, in MB. */
  grownBy: number;
  /** The highest resident memory of the whole process, in MB. */
  peak: number;
  answered: number;
}

export type Shape = 'many-makers' | 'one-maker';

const COUNT = 10_000;
const MB = 2 ** 20;

/** Invented names in the usual shapes: family word, letters, number, size, edition. */
function inventCatalogue(shape: Shape, random: () => number): MakeModel[] {
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  const families = ['Nordwind', 'EdgeLine', 'Corvus', 'RackMaster', 'Silva', '', '', ''];
  const codes = ['X', 'GS', 'TL', 'R', 'SRX', 'AP', 'DX'];
  const sizes = ['', '-24T', '-48P', ' 24G 4SFP+', '-8', '/10', '-12G-2S+', ' 16 port'];
  const editions = ['', '', '-E', ' Pro', ' Gen2', ' 370W', '-AC'];
  const entries = new Map<string, MakeModel>();
  while (entries.size < COUNT) {
    const manufacturer = shape === 'one-maker' ? 'Ravenholt' : `Maker ${Math.floor(random() * 200)} Ltd`;
    const model = `${pick(families)} ${pick(codes)}${Math.floor(100 + random() * 9900)}${pick(sizes)}${pick(editions)}`.trim();
    entries.set(`${manufacturer}|${model}`, { manufacturer, model });
  }
  return [...entries.values()];
}

/** 10,000 names as people vary them: as they are, other case, family left out, one letter changed, not in the catalogue. */
function inventQueries(catalogue: readonly MakeModel[], random: () => number): MakeModel[] {
  return catalogue.map(({ manufacturer, model }) => {
    const way = Math.floor(random() * 5);
    if (way === 0) return { manufacturer, model };
    if (way === 1) return { manufacturer: manufacturer.toUpperCase(), model: model.toLowerCase().replaceAll('-', ' ') };
    if (way === 2) return { manufacturer, model: model.replace(/^\S+ /, '') };
    const at = Math.floor(random() * model.length);
    if (way === 3) return { manufacturer, model: `${model.slice(0, at)}q${model.slice(at + 1)}` };
    return { manufacturer, model: `Zeta ${Math.floor(random() * 1e6)}` };
  });
}

/** Prepares a catalogue of 10,000 entries and looks up 10,000 names in it, on the calling thread. */
export function measureSpeed(shape: Shape): Speed {
  const random = seeded(11);
  const catalogue = inventCatalogue(shape, random);
  const queries = inventQueries(catalogue, random);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const prepared = prepare(catalogue);
  let answered = 0;
  for (const query of queries) if (prepared.match(query)) answered += 1;
  const milliseconds = performance.now() - start;
  // maxRSS is in kilobytes and never falls, so it holds the highest point of the run.
  const peak = process.resourceUsage().maxRSS / 1024;
  return { milliseconds, grownBy: Math.max(0, peak - before / MB), peak, answered };
}
