/** The workflows of the clients, as Temporal has them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { RunningStackInfo } from '../../local/running-stack.js';
import { readKeyFile, type ClientKey } from '../../store/index.js';
import { dataConverter } from '../../temporal/connection.js';
import { lifecycleId, lifecycleQueue, lookAgain, workflowNames } from '../../workflows/contract.js';

const atOnce = 20;
const patienceMs = 30 * 60_000;

export class Processes {
  private constructor(
    private readonly connection: Connection,
    private readonly temporal: Client,
  ) {}

  static async of({ urls, settings }: RunningStackInfo): Promise<Processes> {
    const connection = await Connection.connect({ address: urls.temporal });
    return new Processes(connection, new Client({ connection, dataConverter: dataConverter(await readKeyFile(settings['PAYLOAD_KEY_FILE']!)) }));
  }

  async start(clients: readonly ClientKey[], tell: (started: number) => void): Promise<void> {
    await each(clients, tell, (client) =>
      this.temporal.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.clientId), taskQueue: lifecycleQueue, args: [client], searchAttributes: { TenantId: [client.tenantId] } }),
    );
  }

  /** Has them read from the database that their end was moved. */
  async tellOfMovedEnd(clients: readonly ClientKey[], tell: (told: number) => void): Promise<void> {
    await each(clients, tell, (client) => this.temporal.workflow.getHandle(lifecycleId(client.clientId)).signal(lookAgain));
  }

  /** Waits until so many executions are found. */
  async until(query: string, count: number, tell: (found: number) => void): Promise<void> {
    for (const deadline = Date.now() + patienceMs; ; await sleep(1_000)) {
      const found = await this.count(query);
      if (found === count) return;
      if (Date.now() > deadline) throw new Error(`${found} instead of ${count} executions of: ${query}`);
      tell(found);
    }
  }

  async count(query: string): Promise<number> {
    return (await this.temporal.workflow.count(query)).count;
  }

  async sweep(): Promise<void> {
    await this.temporal.schedule.getHandle('sweep').trigger();
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

async function each(clients: readonly ClientKey[], tell: (done: number) => void, work: (client: ClientKey) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < clients.length) {
      const at = next++;
      if (at % 1_000 === 0) tell(at);
      await work(clients[at]!);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
