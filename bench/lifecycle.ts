import { withBareProcess } from './lifecycle/bare.js';
import { prepareClients } from './lifecycle/clients.js';
import { rateOf } from './lifecycle/rate.js';
import { inTurns, measureOf, ratioAtLeast } from './main/measure.js';
import { withStack } from './main/stack.js';
import { machine, type BenchResult, type Measure } from './result.js';

const ROUNDS = 5;
const ROUND_MS = 6_000;
const IN_PARALLEL = [1, 8] as const;
const aim = ratioAtLeast(0.5);

/**
 * Decisions per second through the API (each an Update, an activity with its transaction, and the proposal before it), beside
 * Updates per second of a bare workflow with a no-op activity that the SDK's client calls directly: the same Temporal
 * server, the same number in parallel, in turns. Each round has clients and workflows of its own.
 */
export async function run(): Promise<BenchResult> {
  return withStack(({ info, tenant }) =>
    withBareProcess(info.urls.temporal, async (startBare) => {
      const measures: Measure[] = [];
      for (const parallel of IN_PARALLEL) {
        const ours = async () => rateOf(await prepareClients(info.urls.api, tenant, parallel), ROUND_MS);
        const bare = async () => rateOf(await startBare(parallel), ROUND_MS);
        // What compilers, pools and caches learn at first is not what a day of work is like.
        await ours();
        await bare();
        const rounds = await inTurns(ROUNDS, ours, bare);
        const name = parallel === 1 ? 'decisions of one client' : `decisions of ${parallel} clients in parallel`;
        measures.push(measureOf(name, 'per s', rounds, aim));
      }
      return { name: 'lifecycle', machine: machine(), measures };
    }),
  );
}
