import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { actorOf, createClient, type ClientKey, type Store } from '../store/index.js';
import { enterDevices } from './download/data.js';
import { withBaseline } from './main/baseline.js';
import { inTurns, measureOf, ratioAtMost, valueBelow } from './main/measure.js';
import { openBenchStore, withStack, type BenchStack } from './main/stack.js';
import { machine, type BenchResult, type Measure } from './result.js';

const ROWS = 100_000;
const ROUNDS = 3;
const MOST_MB = 250;

/**
 * Downloads of a client with 100,000 devices, built by the stack's worker: as Excel beside exceljs' bare streaming writer with
 * the same cells, then in the other forms; and the memory that they take in the worker process.
 */
export async function run(): Promise<BenchResult> {
  return withStack(async (stack) => {
    const store = await openBenchStore(stack);
    try {
      return await withBaseline('bench/download/bare.ts', {}, async ({ url }) => {
        const downloads = await Downloads.of(stack, store);
        await downloads.build({ format: 'xlsx' });
        await bare(url!);
        const rounds = await inTurns(ROUNDS, () => downloads.build({ format: 'xlsx' }), () => bare(url!));
        const measures: Measure[] = [measureOf(`Excel, ${ROWS} rows`, 's', rounds, ratioAtMost(1.3))];
        for (const [name, body] of others) {
          measures.push({ name, value: await downloads.build(body), unit: 's', baseline: null, ratio: null, aim: null, met: null });
        }
        for (const [name, grown] of downloads.grown) measures.push(valueBelow(`memory of the worker grows by at most, ${name}`, 'MB', Math.max(...grown), MOST_MB));
        return { name: 'download', machine: machine(), measures };
      });
    } finally {
      await store.close();
    }
  });
}

interface Body {
  readonly format: 'json' | 'csv' | 'xlsx';
  readonly passwords?: 'include';
  readonly passphrase?: string;
}

const others: readonly (readonly [string, Body])[] = [
  ['CSV', { format: 'csv' }],
  ['JSON', { format: 'json' }],
  ['Excel with a passphrase', { format: 'xlsx', passwords: 'include', passphrase: 'violet kettle Monday 17 herring' }],
];

async function bare(url: string): Promise<number> {
  const start = performance.now();
  const answer = await fetch(`${url}/${ROWS}`, { dispatcher: patient });
  if (!(Number(await answer.text()) > 1_000_000)) throw new Error('The baseline wrote no workbook');
  return (performance.now() - start) / 1_000;
}

/** A busy machine may take minutes to answer. */
const patient = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** Has downloads of one client built, and watches the worker meanwhile. */
class Downloads {
  /** By how many MB the worker grew, by the format. */
  readonly grown = new Map<string, number[]>();

  private constructor(
    private readonly stack: BenchStack,
    private readonly client: ClientKey,
    private readonly token: string,
  ) {}

  static async of(stack: BenchStack, store: Store): Promise<Downloads> {
    const { token } = stack.tenant.users.find((user) => user.role === 'administrator')!;
    const actor = (await actorOf(store, token, new Date()))!;
    const { id: clientId } = await createClient(store, actor, 'Cedar', { engineerId: actor.userId, managerId: actor.userId, salesRepId: actor.userId });
    const client = { tenantId: actor.tenantId, clientId };
    await enterDevices(store, client, actor, ROWS);
    return new Downloads(stack, client, token);
  }

  /** @returns seconds from the request to the moment when the file is ready */
  async build(body: Body): Promise<number> {
    const url = `/v1/clients/${this.client.clientId}/downloads`;
    await sleep(3_000);
    const before = await this.memoryMb();
    let highest = before;
    let over = false;
    const watching = (async () => {
      for (; !over; await sleep(50)) highest = Math.max(highest, await this.memoryMb());
    })();
    let seen = await this.call<Seen>('POST', url, body);
    while (seen.state === 'building') {
      await sleep(100);
      seen = await this.call<Seen>('GET', `${url}/${seen.id}`);
    }
    over = true;
    await watching;
    if (seen.state !== 'ready' || seen.rows.done < ROWS) throw new Error(`The download is ${seen.state} with ${seen.rows.done} rows`);
    await this.call('DELETE', `${url}/${seen.id}`);
    const name = `${body.format}${body.passphrase ? ' with a passphrase' : ''}`;
    this.grown.set(name, [...(this.grown.get(name) ?? []), highest - before]);
    return (Date.parse(seen.builtAt!) - Date.parse(seen.createdAt)) / 1_000;
  }

  private async call<T>(method: string, path: string, body?: Body): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await fetch(`${this.stack.info.urls.api}${path}`, { method, headers, dispatcher: patient, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** What the worker process holds of the machine's memory. */
  private async memoryMb(): Promise<number> {
    const status = await readFile(`/proc/${this.stack.info.pids['worker']}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1_024;
  }
}

interface Seen {
  readonly id: string;
  readonly state: 'building' | 'ready' | 'failed';
  readonly rows: { readonly done: number };
  readonly createdAt: string;
  readonly builtAt: string | null;
}
