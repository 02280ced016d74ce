import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePorts, portTable, type PortName } from '../../local/ports.js';
import { root } from '../../local/part-specs.js';
import { endingWith } from '../main/interrupt.js';

const LIMIT_MS = 120_000;

/** Starts the stack as a person does, stops it as Ctrl-C does. @returns seconds to the line that says ready */
export async function npmStart(dataFolder: string, plain: NodeJS.ProcessEnv): Promise<number> {
  const ports = await freePorts();
  const settings = Object.entries(portTable).map(([name, { setting }]) => [setting, String(ports[name as PortName])]);
  const started = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--data', dataFolder], {
    cwd: root,
    env: { ...plain, ...Object.fromEntries(settings) },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own gets the signal as a whole, as from a terminal.
    detached: true,
  });
  const ended = once(child, 'exit');
  const end = async () => {
    signalGroup(child.pid, 'SIGINT');
    await ended;
  };
  return endingWith(end, async () => {
    const late = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), LIMIT_MS);
    const ready = new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.trim().startsWith('Ready in ')) resolve((performance.now() - started) / 1000);
      });
      ended.then(() => reject(new Error('npm start ended before it was ready')), reject);
    });
    return ready.finally(() => clearTimeout(late));
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
