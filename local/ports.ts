/** Which ports the parts of the stack listen on, and whether they are free. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { stackVariables } from '../settings/variables.js';
import { StackError } from './stack-error.js';

/** Each port with its purpose in words and the setting that changes it. */
export const portTable = {
  api: { purpose: 'the API', setting: 'API_PORT' },
  temporal: { purpose: 'Temporal', setting: 'TEMPORAL_PORT' },
  temporalUi: { purpose: "Temporal's Web UI", setting: 'TEMPORAL_UI_PORT' },
  postgres: { purpose: 'PostgreSQL', setting: 'POSTGRES_PORT' },
  itGlue: { purpose: 'the IT Glue stand-in', setting: 'IT_GLUE_PORT' },
  smtp: { purpose: 'mail to the mail catcher', setting: 'SMTP_PORT' },
  mail: { purpose: "the mail catcher's page", setting: 'MAIL_PORT' },
  codec: { purpose: "the worker's codec endpoint", setting: 'CODEC_PORT' },
} as const;

export type PortName = keyof typeof portTable;
export type Ports = Readonly<Record<PortName, number>>;

const HOST = '127.0.0.1';

/** The default ports, changed by the settings of `env`. @throws StackError on a setting that is no port */
export function fixedPorts(env: NodeJS.ProcessEnv): Ports {
  const entries = Object.entries(portTable).map(([name, { setting }]) => {
    const text = env[setting] || undefined;
    const value = stackVariables[setting].safeParse(text).data;
    if (value === undefined) throw new StackError(`${setting} must be a port from 1 to 65535, not "${text}".`);
    return [name, value];
  });
  return Object.fromEntries(entries) as Ports;
}

/** Below the ports that operating systems give to outgoing connections, one of which could take a port before its part listens. */
const own = { from: 20_000, to: 32_000 } as const;
const mostTries = 200;

/** Ports that were free a moment ago, all different. @throws StackError when none are found */
export async function freePorts(): Promise<Ports> {
  const names = Object.keys(portTable) as PortName[];
  const found = new Set<number>();
  while (found.size < names.length) found.add(await freePort());
  const ports = [...found];
  return Object.fromEntries(names.map((name, i) => [name, ports[i]])) as Ports;
}

/** A port that was free a moment ago. @throws StackError when none is found */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const port = randomInt(own.from, own.to);
    if (await isFree(port)) return port;
  }
  throw new StackError(`No free port was found between ${own.from} and ${own.to}.`);
}

/**
 * Makes sure that the ports of the named parts are free and different.
 *
 * @param patienceMs how long to wait for a port that the last run of the stack may just be giving up
 * @throws StackError naming the port, what it is for and the setting that changes it
 */
export async function checkPorts(ports: Ports, names: readonly PortName[], patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (const name of names) {
    const { purpose, setting } = portTable[name];
    const twin = names.find((other) => other !== name && ports[other] === ports[name]);
    if (twin !== undefined) throw new StackError(`Port ${ports[name]} is set both for ${purpose} and for ${portTable[twin].purpose}; change ${setting} or ${portTable[twin].setting}.`);
    while (!(await isFree(ports[name]))) {
      if (Date.now() >= deadline) throw new StackError(`Port ${ports[name]} for ${purpose} is taken; stop the program that uses it, or set ${setting} to another port.`);
      await sleep(100);
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    const server = await listen(port);
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another reason (a reserved port) is the part's to tell.
    return code !== 'EADDRINUSE';
  }
}

function listen(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
}
