import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, json, startScriptedServer, type Respond, type ScriptedServer } from './scripted-server.js';

let server: ScriptedServer;
let names: Map<string, string>;
beforeEach(async () => {
  server = await startScriptedServer();
  names = new Map();
  server.respond = account();
});
afterEach(() => server.close());

/** An account's manufacturers with an exact name filter; `onCreate` may spoil the answer to a create. */
function account(onCreate?: Respond): Respond {
  return (response, request, nth) => {
    if (request.method === 'POST') {
      const { name } = JSON.parse(request.body).data.attributes as { name: string };
      names.set(String(names.size + 10), name);
      if (onCreate) return onCreate(response, request, nth);
      return json(201, { data: { id: String(names.size + 9), attributes: { name } } })(response, request, nth);
    }
    const filter = /filter\[name\]=(.*?)&sort/.exec(request.url)?.[1]?.replace(/\\,/g, ',');
    const data = [...names].filter(([, name]) => filter === undefined || name === filter).map(([id, name]) => ({ id, attributes: { name } }));
    json(200, { data, meta: { 'total-pages': 1, 'total-count': data.length } })(response, request, nth);
  };
}
const manufacturers = () => server.client({ settleDelaysMs: [5, 10, 20] }).manufacturers;
const posts = () => server.received.filter((request) => request.method === 'POST').length;

describe('getOrCreate', () => {
  it('takes what is there: equal first, then equal but for case and blanks, lowest id first', async () => {
    names = new Map([['90', 'DELL'], ['12', ' dell '], ['40', 'Dell'], ['100', 'Dell']]);
    expect(await manufacturers().getOrCreate('Dell')).toEqual({ id: '40', name: 'Dell', how: 'existing' });
    expect(await manufacturers().getOrCreate('dELL')).toEqual({ id: '12', name: ' dell ', how: 'existing' });
    expect(posts()).toBe(0);
  });

  it('creates what is absent, after the intent was written down', async () => {
    let intents = 0;
    const got = await manufacturers().getOrCreate('Smith, Wesson', { beforeCreate: async () => { intents += posts() === 0 ? 1 : 99; } });
    expect(got).toEqual({ id: '10', name: 'Smith, Wesson', how: 'created' });
    expect(intents).toBe(1);
  });

  it('sends nothing when the intent could not be written down', async () => {
    await expect(manufacturers().getOrCreate('Dell', { beforeCreate: () => Promise.reject(new Error('database gone')) })).rejects.toThrow('database gone');
    expect(posts()).toBe(0);
  });

  it('creates once when asked for twice at the same time', async () => {
    const list = manufacturers();
    const got = await Promise.all([list.getOrCreate('Dell'), list.getOrCreate('DELL'), list.getOrCreate('Dell')]);
    expect(new Set(got.map((each) => each.id))).toEqual(new Set(['10']));
    expect(posts()).toBe(1);
  });

  it('looks again when the create is refused because somebody was quicker', async () => {
    server.respond = account(json(422, { errors: [{ title: 'has already been taken' }] }));
    expect(await manufacturers().getOrCreate('Dell')).toMatchObject({ id: '10', how: 'existing' });
  });

  it('fails with the refusal when there is nothing to find', async () => {
    server.respond = (response, request, nth) => {
      account(json(422, { errors: [{ title: 'is invalid' }] }))(response, request, nth);
      names.clear();
    };
    expect(await failure(manufacturers().getOrCreate('Dell'))).toMatchObject({ kind: 'invalid' });
  });

  it('finds what was created although the answer was lost', async () => {
    server.respond = account((response) => response.destroy());
    expect(await manufacturers().getOrCreate('Dell')).toEqual({ id: '10', name: 'Dell', how: 'settled' });
    expect(posts()).toBe(1);
  });

  it('finds what appears only later', async () => {
    server.respond = (response, request, nth) => {
      account((lost) => lost.destroy())(response, request, nth);
      if (request.method === 'POST') {
        names.clear();
        setTimeout(() => names.set('77', 'Dell'), 15);
      }
    };
    expect(await manufacturers().getOrCreate('Dell')).toMatchObject({ id: '77', how: 'settled' });
  });

  it('says that the outcome is unknown when nothing appears, and does not send again', async () => {
    server.respond = (response, request, nth) => {
      account((lost) => lost.destroy())(response, request, nth);
      names.clear();
    };
    expect(await failure(manufacturers().getOrCreate('Dell'))).toMatchObject({ kind: 'unknownOutcome', effect: 'unknown' });
    expect(posts()).toBe(1);
  });

  it('does not take a full list for an answer when the filter is ignored', async () => {
    names = new Map([['1', 'HP'], ['2', 'Cisco']]);
    const filtering = account();
    server.respond = (response, request, nth) => filtering(response, { ...request, url: request.url.replace(/filter\[name\]=.*?&/, '') }, nth);
    expect(await manufacturers().getOrCreate('Dell')).toMatchObject({ how: 'created' });
  });
});

describe('getOrCreateMany', () => {
  it('looks once, creates each absent name once, and gives the outcomes in the order asked', async () => {
    names = new Map([['5', 'HP'], ['6', 'hp']]);
    const intents: string[] = [];
    const got = await manufacturers().getOrCreateMany(['Dell', 'hp', 'HP', 'DELL', 'Cisco'], { beforeCreate: async (name) => void intents.push(name) });
    expect(got).toMatchObject([{ name: 'Dell', how: 'created' }, { id: '6' }, { id: '5' }, { name: 'Dell' }, { name: 'Cisco', how: 'created' }]);
    expect(intents).toEqual(['Dell', 'Cisco']);
    expect([server.received.length, posts()]).toEqual([3, 2]);
  });

  it('one name that fails does not stop the others', async () => {
    const fine = account();
    server.respond = (response, request, nth) => (request.body.includes('Bad') ? json(422, { errors: [{ title: 'is invalid' }] }) : fine)(response, request, nth);
    expect(await manufacturers().getOrCreateMany(['Bad', 'Dell'])).toMatchObject([{ kind: 'invalid' }, { name: 'Dell', how: 'created' }]);
  });
});
