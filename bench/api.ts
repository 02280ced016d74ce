import { withBaseline } from './main/baseline.js';
import { inTurns, measureOf, ratioAtMost } from './main/measure.js';
import { openBenchStore, withStack } from './main/stack.js';
import { prepareSites, type Site } from './api/data.js';
import { measureList, measureSave } from './api/load.js';
import { machine, type BenchResult, type Measure } from './result.js';

const CLIENTS = 1_000;
const ROUNDS = 7;
const CONNECTIONS = [1, 8] as const;
const aim = ratioAtMost(1.3);

/**
 * Milliseconds for each answered request of our API process, beside those of a bare Fastify + Prisma process that answers
 * the same from the same tables of the same database: both sides in turns, after a warm-up.
 */
export async function run(): Promise<BenchResult> {
  return withStack(async (stack) => {
    const store = await openBenchStore(stack);
    const sites = await prepareSites(store, stack.tenant, CLIENTS, Math.max(...CONNECTIONS)).finally(() => store.close());
    const bareSettings = { DATABASE_URL: stack.info.settings['DATABASE_URL']!, BENCH_TENANT: sites.bare.tenantId };
    return withBaseline('bench/api/bare-server.ts', bareSettings, async ({ url }) => {
      const measures = await measureBoth({ ...sites.ours, url: stack.info.urls.api }, { ...sites.bare, url: url! });
      return { name: 'api', machine: machine(), measures };
    });
  });
}

async function measureBoth(ours: Site, bare: Site): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const [name, load] of [['list of 1,000 clients, page of 100', measureList], ['save of a record', measureSave]] as const) {
    for (const connections of CONNECTIONS) {
      // What the compiler and the pools learn at first is not what a day of work is like.
      for (const site of [ours, bare]) await load(site, connections);
      const rounds = await inTurns(ROUNDS, () => load(ours, connections), () => load(bare, connections));
      measures.push(measureOf(`${name}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`, 'ms', rounds, aim));
    }
  }
  return measures;
}
