import { z } from 'zod';

/** One environment variable: its rule and what it is for. */
export type Variables = Readonly<Record<string, z.ZodType>>;

/** A setting is missing or wrong. The message names each variable and the reason, and never the value. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Reads the variables of one process from the environment; a blank one counts as not set.
 * @throws {SettingsError}
 */
export function readSettings<V extends Variables>(variables: V, environment: NodeJS.ProcessEnv): { [K in keyof V]: z.output<V[K]> } {
  const given = Object.fromEntries(Object.keys(variables).map((name) => [name, environment[name]?.trim() || undefined]));
  const result = z.object(variables).safeParse(given);
  if (result.success) return result.data as { [K in keyof V]: z.output<V[K]> };
  const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`These settings need attention:\n  ${lines.join('\n  ')}`);
}

export const port = (fallback: number) => z.coerce.number('must be a port').int().min(0).max(65_535).default(fallback);

export const filePath = (about: string) => z.string('must be the path of a file').describe(about);
