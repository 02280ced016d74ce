/** Settings of a command that works on an installation: the environment's, else those of the stack that runs on a data folder. */
import type { Variables } from '../settings/read.js';
import { readSettings } from '../settings/read.js';
import { readRunningStack } from './running-stack.js';
import { StackError } from './stack-error.js';

/**
 * @param dataFolder of an embedded stack, which must be running; without it the environment alone counts, or the stack in
 * `.data` when the environment names no database
 * @throws {StackError} @throws {SettingsError}
 */
export function commandSettings<V extends Variables>(variables: V, dataFolder: string | undefined, env: NodeJS.ProcessEnv = process.env): ReturnType<typeof readSettings<V>> {
  if (dataFolder === undefined && env['DATABASE_URL']) return readSettings(variables, env);
  const folder = dataFolder ?? (env['DATA_DIR'] || '.data');
  const stack = readRunningStack(folder);
  if (!stack) throw new StackError(`No Client Onboarder runs on ${folder}. Start it with npm start, name its folder with --data, or set DATABASE_URL and the key settings of docs/settings.md.`);
  return readSettings(variables, { ...env, ...stack.settings });
}
