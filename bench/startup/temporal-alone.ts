import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { temporalSpec } from '../../local/part-specs.js';
import { freePorts } from '../../local/ports.js';
import { ensureSecrets } from '../../local/secrets.js';
import { untilTemporalServes } from '../../local/temporal-health.js';
import { searchAttributes } from '../../workflows/contract.js';
import { join } from 'node:path';
import { endingWith } from '../main/interrupt.js';

const LIMIT_MS = 60_000;

/** Starts the Temporal dev server with the options that the stack gives it. @returns seconds until it serves */
export async function temporalAlone(dataFolder: string, cli: string, env: NodeJS.ProcessEnv): Promise<number> {
  const ports = await freePorts();
  const spec = temporalSpec({ dataFolder, ports, env, secrets: ensureSecrets(join(dataFolder, 'secrets'), false) }, cli, searchAttributes);
  const started = performance.now();
  const child = spawn(spec.command, spec.args, { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return endingWith(end, async () => {
    await untilTemporalServes(`127.0.0.1:${ports.temporal}`, AbortSignal.timeout(LIMIT_MS));
    return (performance.now() - started) / 1000;
  });
}
