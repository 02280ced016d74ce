import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, json, startScriptedServer, type Received, type ScriptedServer } from './scripted-server.js';

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.close());

interface PageAsked {
  readonly number: number;
  readonly size: number;
}
const pageOf = (request: Received): PageAsked => ({
  number: Number(/page\[number\]=(\d+)/.exec(request.url)?.[1]),
  size: Number(/page\[size\]=(\d+)/.exec(request.url)?.[1]),
});
const record = (id: number, organizationId: number = 5) => ({ id: String(id), type: 'locations', attributes: { name: `Site ${id}`, 'organization-id': organizationId } });
const records = (count: number) => Array.from({ length: count }, (_, at) => record(at + 1));
const slice = (all: unknown[], { number, size }: PageAsked) => all.slice((number - 1) * size, number * size);
const ids = async () => (await server.client().locations.list('5')).map((found) => Number(found.id));
const oneTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

/** Answers with the pages of `all`, and with what `describePage` says about them. */
function servePages(all: unknown[], describePage: (asked: PageAsked, pages: number) => object, maxSize = 1_000): void {
  server.respond = (response, request, nth) => {
    const asked = { ...pageOf(request), size: Math.min(pageOf(request).size, maxSize) };
    json(200, { data: slice(all, asked), ...describePage(asked, Math.ceil(all.length / asked.size)) })(response, request, nth);
  };
}

describe('a listing is complete', () => {
  const described: [string, (asked: PageAsked, pages: number) => object][] = [
    ['meta and links', ({ number }, pages) => ({ meta: { 'next-page': number < pages ? number + 1 : null, 'total-pages': pages, 'total-count': 2_500 }, links: number < pages ? { next: 'http://x.test/' } : {} })],
    ['links.next only, null at the end', ({ number }, pages) => ({ links: { next: number < pages ? 'http://x.test/' : null } })],
    ['total-pages only', (_asked, pages) => ({ meta: { 'total-pages': pages } })],
    ['counts as text', (_asked, pages) => ({ meta: { 'total-pages': String(pages), 'total-count': '2500' } })],
    ['nothing at all', () => ({})],
    ['null for everything', () => ({ meta: null, links: null })],
  ];
  it.each(described)('when the pages are described by %s', async (_name, describePage) => {
    servePages(records(2_500), describePage);
    expect(await ids()).toEqual(oneTo(2_500));
  });

  it('when the server makes its pages smaller than asked for', async () => {
    servePages(records(230), ({ number }, pages) => ({ meta: { 'total-pages': pages, 'next-page': number < pages ? number + 1 : null } }), 100);
    expect(await ids()).toEqual(oneTo(230));
  });

  it('when the server does so without a word', async () => {
    servePages(records(230), () => ({}), 100);
    expect(await ids()).toEqual(oneTo(230));
  });

  it('when large pages time out: it goes on from where it was with smaller ones', async () => {
    const all = records(2_100);
    server.respond = (response, request, nth) => {
      const asked = pageOf(request);
      const tooMuch = asked.size > 250 && asked.number > 1;
      (tooMuch ? json(504, '') : json(200, { data: slice(all, asked), meta: { 'total-pages': Math.ceil(2_100 / asked.size), 'total-count': 2_100 } }))(response, request, nth);
    };
    expect(await ids()).toEqual(oneTo(2_100));
    expect(server.received.filter((request) => pageOf(request).size === 250).map((request) => pageOf(request).number)).toEqual([5, 6, 7, 8, 9]);
  });

  it('when a record vanishes between two pages and the rest shifts', async () => {
    let all = records(1_500);
    server.respond = (response, request, nth) => {
      json(200, { data: slice(all, pageOf(request)), meta: { 'total-pages': 2, 'total-count': all.length } })(response, request, nth);
      all = all.filter((each) => each.id !== '3');
    };
    expect(await ids()).toEqual(oneTo(1_500).filter((id) => id !== 3));
  });

  it('when the count that the server tells is simply wrong', async () => {
    servePages(records(60), () => ({ meta: { 'total-pages': 1, 'total-count': 999 } }));
    expect(await ids()).toEqual(oneTo(60));
  });
});

describe('a listing ends', () => {
  it('when the page number is ignored', async () => {
    server.respond = json(200, { data: records(3), links: { next: 'http://x.test/for-ever' } });
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it('as busy when no two readings agree', async () => {
    server.respond = (response, request, nth) => json(200, { data: [record(nth)], meta: { 'total-pages': 1, 'total-count': 50 } })(response, request, nth);
    expect(await failure(server.client().locations.list('5'))).toMatchObject({ kind: 'busy', place: { reason: 'limit' } });
  });

  it('as busy when a record in it has no id: it is not left out', async () => {
    server.respond = json(200, { data: [record(1), { type: 'locations', attributes: {} }] });
    expect(await failure(server.client().locations.list('5'))).toMatchObject({ kind: 'busy', place: { reason: 'unreadable' } });
  });
});

describe('other organizations stay unseen', () => {
  it('in a list, when the server ignores the nesting', async () => {
    server.respond = json(200, { data: [record(1), record(2, 6), record(3)], meta: { 'total-pages': 1, 'total-count': 3 } });
    expect(await ids()).toEqual([1, 3]);
  });

  it('in a single look', async () => {
    server.respond = json(200, { data: record(9, 6) });
    expect(await failure(server.client().locations.show('5', '9'))).toMatchObject({ kind: 'noAccess' });
  });

  it('in a look-up by name: only equal names come back, and of them name, short name and date', async () => {
    const attributes = { name: 'Müller, Sohn & Co', 'quick-notes': 'secret of somebody', 'created-at': '2026-01-02T03:04:05.678Z' };
    server.respond = json(200, {
      data: [{ id: '20', attributes }, { id: '3', attributes: { ...attributes, name: 'Müller' } }, { id: '9', attributes }, { id: '4', attributes: { ...attributes, name: 'müller, sohn & co' } }],
    });
    const found = await server.client().organizations.findByName('Müller, Sohn & Co');
    const seen = { name: 'Müller, Sohn & Co', shortName: null, createdAt: '2026-01-02T03:04:05.678Z' };
    expect(found).toEqual([{ id: '9', attributes: seen }, { id: '20', attributes: seen }]);
    expect(server.received[0]?.url).toContain('filter[name]=Müller\\, Sohn & Co&');
  });

  it('an id that is no id never reaches the path', async () => {
    await expect(server.client().locations.list('5/../6')).rejects.toThrow(/^organizationId:/);
    await expect(server.client().organizations.show('../users')).rejects.toThrow(/^id:/);
    expect(server.received).toHaveLength(0);
  });
});
