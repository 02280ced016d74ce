// What a person sees in the browser at the addresses the product links to. Server-rendered, read-only, no scripts.

import { createHash } from 'node:crypto';
import type { Engine } from '../engine.js';
import type { Reply, Side } from '../server.js';
import { html, Markup } from '../../html.js';
import { manufacturerPage, organizationPage, organizationsPage, tabs, type Tab } from './views.js';

const style = `
:root{color-scheme:light dark;--line:#8886;--soft:#8881;--accent:#0b6bcb}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem}
.stand-in{background:#b45309;color:#fff;padding:.5rem .75rem;border-radius:.4rem}
nav a{display:inline-block;padding:.35rem .7rem;border-radius:.4rem;text-decoration:none}nav a[aria-current]{background:var(--accent);color:#fff}
a{color:var(--accent)}a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:var(--soft)}dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
.scroll{overflow-x:auto}.none{opacity:.75}
`;

const styleHash = createHash('sha256').update(style).digest('base64');

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

function page(status: number, title: string, body: Markup): Reply {
  const whole = html`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} - IT Glue stand-in</title><style>${new Markup(style)}</style></head>
<body>
<p class="stand-in">This is a stand-in for IT Glue. Nothing here is in a real IT Glue account.</p>
<nav aria-label="Main"><a href="/web">Organizations</a> <a href="/web/manufacturers">Manufacturers</a></nav>
<main><h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  return { status, headers, body: whole.text };
}

/** Pages under /web: the organizations, one organization with its tabs, the manufacturers with their models. */
export function pagesSide(engine: Engine): Side {
  return ({ method, path, query }) => {
    if (method !== 'GET' && method !== 'HEAD') return page(405, 'Only for reading', html`<p>These pages only show what is there.</p>`);
    if (path === '/') return { status: 302, headers: { location: '/web' }, body: '' };
    engine.sweep();
    const scene = engine.scene(engine.url);
    const [first, tab = 'overview', record] = path.split('/').filter(Boolean).slice(1);
    const number = Math.max(1, Number(query.get('page') ?? 1) || 1);
    if (first === undefined) return page(200, 'Organizations', organizationsPage(scene, number));
    if (first === 'manufacturers') return page(200, 'Manufacturers', manufacturerPage(scene, number));
    const organization = scene.tables.organizations.get(first);
    if (organization === undefined || !tabs.includes(tab as Tab)) return page(404, 'Not here', html`<p>There is nothing at this address.</p>`);
    return page(200, String(organization.body.values['name']), organizationPage(scene, organization, tab as Tab, number, record ?? null));
  };
}
