// The control interface over HTTP, under /__sandbox. JSON in, JSON out; errors are {"error": "<sentence>"}.

import type { Engine } from '../engine.js';
import { checkFault, FaultError, type FaultRule } from '../faults.js';
import { SwitchError, switchTable, type Switches } from '../switches.js';
import type { Reply, Side } from '../server.js';
import { SeedError, type SeedRecord } from '../seed.js';
import type { ResourceName, Sync } from '../storage/rows.js';
import { parseLossless } from '../json.js';
import { ControlError, type Control } from './control.js';
import { attachmentFile, exportFile, pictureFile } from './files.js';

type Request = Parameters<Side>[0];
type Handler = (request: Request, rest: readonly string[], input: () => Record<string, unknown>) => unknown;

const json = (status: number, value: unknown): Reply => ({
  status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body: JSON.stringify(value ?? { ok: true }),
});

function input(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : parseLossless(body.toString('utf8'));
  } catch {
    throw new ControlError('the body is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw new ControlError('the body must be a JSON object or array');
  return value as Record<string, unknown>;
}

const asList = <T>(value: unknown): T[] => (Array.isArray(value) ? value : [value]) as T[];

function handlers(control: Control): Record<string, Handler> {
  return {
    'GET ': () => ({ what: 'control interface of a stand-in for the IT Glue API', routes: Object.keys(handlers(control)).map((route) => route.replace(' ', ' /__sandbox/')) }),
    'GET switches': () => control.switches(),
    'GET switches/table': () => switchTable,
    'PATCH switches': (_, __, body) => control.setSwitches(body() as Partial<Switches>),
    'GET faults': () => control.faults(),
    'POST faults': (_, __, body) => ({ ids: control.addFaults(...asList<FaultRule>(body())) }),
    'PUT faults': (_, __, body) => {
      const rules = asList(body()).map(checkFault);
      control.clearFaults();
      return { ids: control.addFaults(...rules) };
    },
    'DELETE faults': () => control.clearFaults(),
    'GET latency': () => ({ ms: control.latency() }),
    'PUT latency': (_, __, body) => {
      control.setLatency(body()['ms'] as number);
      return { ms: control.latency() };
    },
    'GET keys': () => control.keys(),
    'POST keys': (_, __, body) => control.addKey(body() as { label: string }),
    'DELETE keys/*': (_, [label = '']) => ({ revoked: control.revokeKey(label) }),
    'GET requests': ({ query }) => {
      const limit = Number(query.get('limit') ?? 1_000);
      if (!Number.isInteger(limit) || limit < 1) throw new ControlError('limit must be a whole number from 1');
      return { total: control.requestCount(), requests: control.requests(limit) };
    },
    'DELETE requests': () => control.clearRequests(),
    'GET states': () => control.states(),
    'POST states': (_, __, body) => control.saveState(body()['name'] as string),
    'POST states/*/load': (_, [name = '']) => control.loadState(name),
    'GET diff': ({ query }) => control.diff(query.get('from') ?? '', query.get('to') ?? undefined),
    'POST reset': () => control.reset(),
    'POST seed': (_, __, body) => ({ ids: control.seed(asList<SeedRecord>(body())) }),
    'PUT sync': (_, __, body) => {
      const { resource, id, sync = null } = body() as { resource: ResourceName; id: string; sync?: Sync | null };
      control.setSync(resource, String(id), sync);
    },
    'GET attachments': () => control.attachments(),
    'GET counts': () => control.counts(),
  };
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.length === parts.length && pattern.every((word, at) => word === '*' || word === parts[at]);
}

/** A page of another site must not steer the stand-in through somebody's browser. */
function fromAnotherSite({ headers }: Request): boolean {
  const { origin, host } = headers;
  return origin !== undefined && origin !== `http://${host ?? ''}`;
}

export function controlSide(engine: Engine, control: Control): Side {
  const table = Object.entries(handlers(control)).map(([route, handler]) => {
    const [method = '', path = ''] = route.split(' ');
    return { method, pattern: path.split('/').filter(Boolean), handler };
  });
  return async (request) => {
    const parts = request.path.split('/').filter(Boolean).slice(1);
    if (parts[0] === 'files') return attachmentFile(engine, parts.slice(1));
    if (parts[0] === 'pictures') return pictureFile(engine, parts.slice(1));
    if (parts[0] === 'exports') return exportFile(engine, parts.slice(1));
    if (fromAnotherSite(request)) return json(403, { error: 'requests from other sites are not taken' });
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const found = table.find((row) => row.method === method && matches(row.pattern, parts));
    if (found === undefined) return json(404, { error: `there is no ${request.method} ${request.path}; GET /__sandbox lists what there is` });
    try {
      const rest = parts.filter((_, at) => found.pattern[at] === '*');
      return json(200, await found.handler(request, rest, () => input(request.body)));
    } catch (error) {
      if (error instanceof ControlError || error instanceof SwitchError || error instanceof FaultError || error instanceof SeedError) return json(400, { error: error.message });
      throw error;
    }
  };
}
