import type { z } from 'zod';
import { readSettings } from './read.js';
import { apiVariables, workerVariables } from './variables.js';

export { SettingsError } from './read.js';

type Read<V extends Readonly<Record<string, z.ZodType>>> = { [K in keyof V]: z.output<V[K]> };
export type ApiSettings = Read<typeof apiVariables>;
export type WorkerSettings = Read<typeof workerVariables>;

/** Settings of the API process. @throws {SettingsError} */
export const readApiSettings = (environment: NodeJS.ProcessEnv): ApiSettings => readSettings(apiVariables, environment);

/** Settings of the worker process. @throws {SettingsError} */
export const readWorkerSettings = (environment: NodeJS.ProcessEnv): WorkerSettings => readSettings(workerVariables, environment);
