// Pages for people: what was caught, newest first, and one mail as its reader sees it.

import { html, Markup } from '../html.js';
import type { CaughtMail } from './mailbox.js';

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2733}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #dde3ea;vertical-align:top}
pre{white-space:pre-wrap;background:#f5f7fa;padding:1rem;border-radius:4px}iframe{width:100%;height:32rem;border:1px solid #dde3ea;border-radius:4px}
.quiet{color:#5b6b7c}`;

function page(title: string, body: Markup): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${new Markup(style)}</style></head><body>${body}</body></html>`.text;
}

export function listPage(mails: readonly CaughtMail[]): string {
  const rows = [...mails].reverse().map(
    (mail) => html`<tr><td>${mail.receivedAt.slice(0, 19).replace('T', ' ')}</td><td>${mail.recipients.join(', ')}</td><td><a href="/mails/${mail.id}">${mail.subject || '(no subject)'}</a></td></tr>`,
  );
  const table = rows.length === 0 ? html`<p>Nothing yet.</p>` : html`<table><tr><th>Received (UTC)</th><th>For</th><th>Subject</th></tr>${rows}</table>`;
  return page('Caught mail', html`<h1>Caught mail</h1><p class="quiet">A mail server that delivers nothing: what Client Onboarder sends ends here.</p>${table}`);
}

export function mailPage(mail: CaughtMail): string {
  return page(
    mail.subject,
    html`<p><a href="/">All mail</a></p><h1>${mail.subject}</h1>
<table><tr><th>From</th><td>${mail.from}</td></tr><tr><th>To</th><td>${mail.to}</td></tr><tr><th>Delivered to</th><td>${mail.recipients.join(', ')}</td></tr>
<tr><th>Received</th><td>${mail.receivedAt}</td></tr><tr><th>Message-ID</th><td>${mail.messageId}</td></tr></table>
<h2>HTML</h2><iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mails/${mail.id}/html" title="The mail"></iframe><h2>Plain text</h2><pre>${mail.text}</pre><p><a href="/mails/${mail.id}/source">Source</a></p>`,
  );
}
