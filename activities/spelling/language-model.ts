import { request } from 'undici';
import { z } from 'zod';
import { matchManufacturer, type MakeModel } from '../../domain/spelling/index.js';
import type { CatalogueEntry } from '../../store/index.js';
import { withTimeLimit } from '../time-limit.js';
import type { SpellingRow, Suggestion } from './suggestions.js';

/** An OpenAI-compatible endpoint that may be asked about spellings of makes and models, and about nothing else. */
export interface LanguageModel {
  /** Base address, such as https://llm.example.com/v1. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | null;
  /** For all questions of one preview together. */
  readonly timeoutMs: number;
}

/** Most names that are asked about at once, and entries of the account that are offered for one. */
const mostNames = 50;
const mostCandidates = 20;
const largestAnswer = 200_000;

const answerSchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });
const picksSchema = z.object({ picks: z.array(z.object({ index: z.int(), candidate: z.int().nullable() })).max(mostNames) });

export interface AskedNames {
  readonly rows: readonly SpellingRow[];
  /** For the log: how many were asked and answered, never the names. */
  readonly asked: number;
  readonly answered: number;
}

/**
 * Fills in suggestions where the matcher found none. Only make and model strings leave this process. The model can only pick
 * among entries that exist; whatever goes wrong (no answer in time, nonsense) the rows come back as they were.
 */
export async function askLanguageModel(llm: LanguageModel, rows: readonly SpellingRow[], catalogue: readonly CatalogueEntry[], signal: AbortSignal): Promise<AskedNames> {
  const questions = rows
    .map((row, position) => ({ row, position, candidates: candidatesFor(row, catalogue) }))
    .filter(({ row, candidates }) => row.suggestion === null && row.decided === null && candidates.length > 0)
    .slice(0, mostNames);
  if (questions.length === 0) return { rows, asked: 0, answered: 0 };
  const picks = await ask(llm, questions, signal).catch(() => []);
  const filled = [...rows];
  let answered = 0;
  for (const { index, candidate } of picks) {
    const question = questions[index];
    const entry = candidate === null ? undefined : question?.candidates[candidate];
    if (!question || !entry) continue;
    filled[question.position] = { ...question.row, suggestion: suggestionOf(entry) };
    answered += 1;
  }
  return { rows: filled, asked: questions.length, answered };
}

/** Models of the maker that is meant, or makers that begin alike. */
function candidatesFor(row: SpellingRow, catalogue: readonly CatalogueEntry[]): readonly CatalogueEntry[] {
  const makers = catalogue.filter((entry) => entry.model === '');
  if (row.kind === 'make') {
    const initial = row.typed.manufacturer.trim().slice(0, 2).toLowerCase();
    return makers.filter((entry) => entry.manufacturer.toLowerCase().startsWith(initial)).slice(0, mostCandidates);
  }
  const maker = matchManufacturer(row.typed.manufacturer, makers.map((entry) => entry.manufacturer));
  if (!maker || maker.band === 'none') return [];
  return catalogue.filter((entry) => entry.manufacturer === maker.name && entry.model !== '').slice(0, mostCandidates);
}

async function ask(
  llm: LanguageModel,
  questions: readonly { row: SpellingRow; candidates: readonly CatalogueEntry[] }[],
  signal: AbortSignal,
): Promise<{ index: number; candidate: number | null }[]> {
  const names = questions.map(({ row, candidates }, index) => ({ index, written: text(row.typed), candidates: candidates.map(text) }));
  const instructions =
    'Each entry is a hardware make or model as somebody wrote it, with entries of a catalogue. Say which catalogue entry is the same thing, or null when none is. ' +
    'Different part numbers are different things. Answer with JSON only: {"picks":[{"index":0,"candidate":2}]}.';
  const response = await request(`${llm.url.replace(/\/+$/, '')}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(llm.apiKey ? { authorization: `Bearer ${llm.apiKey}` } : {}) },
    body: JSON.stringify({
      model: llm.model,
      temperature: 0,
      max_tokens: 2_000,
      response_format: { type: 'json_object' },
      messages: [
        { role: 'system', content: instructions },
        { role: 'user', content: JSON.stringify(names) },
      ],
    }),
    signal: withTimeLimit(signal, llm.timeoutMs, 'The question'),
  });
  const body = await limited(response.body);
  if (response.statusCode !== 200) return [];
  const { choices } = answerSchema.parse(JSON.parse(body));
  return picksSchema.parse(JSON.parse(choices[0]!.message.content)).picks;
}

async function limited(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largestAnswer) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const text = ({ manufacturer, model }: MakeModel) => (model ? `${manufacturer} ${model}` : manufacturer);

/** Always a question, never preselected. */
function suggestionOf(entry: CatalogueEntry): Suggestion {
  return {
    itGlueId: entry.id,
    target: { manufacturer: entry.manufacturer, model: entry.model },
    band: 'probable',
    confidence: 0.5,
    reason: 'suggested by the language model',
    source: 'language_model',
  };
}
