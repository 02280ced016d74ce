import { describe, expect, it } from 'vitest';
import { languages, wordsOf } from '../../../domain/mail/languages/index.js';
import { pathOf } from '../../../domain/mail/links.js';
import { renderMail, type MailSource } from '../../../domain/mail/render.js';
import { templateNames, templates, type TemplateName } from '../../../domain/mail/templates.js';
import { inactivities } from '../../../domain/reminders/cases.js';

const end = '2026-03-29T00:30:00.000Z';
const values = { section: 'msp', path: '/set-password#abc', expiresAt: end, code: '042117', reasons: 2, unusedDays: 76, count: 2, secondsLeft: 432_000, late: false, purgeAt: end, end: 'retention', as: 'engineer', day: '2026-03-28', from: 1 } as const;
const client = '0190a000-0000-7000-8000-000000000001';

function source(template: TemplateName, change: Partial<MailSource> = {}): MailSource {
  const facts = Object.fromEntries(Object.keys(templates[template].shape).map((key) => [key, values[key as keyof typeof values]])) as MailSource['facts'];
  const path = pathOf(template, facts, client);
  return {
    template,
    facts,
    language: 'en',
    timeZone: 'Europe/Berlin',
    tenant: 'Harbor IT',
    company: 'Cascadia Dental',
    firstName: 'Ana',
    link: path && `https://on.example${path}`,
    reminded: template === 'reminder' ? [{ case: 'msp_entry', company: 'Cascadia Dental', idleDays: 2, link: `https://on.example/clients/${client}` }] : [],
    shown: template === 'secrets_shown' ? [{ company: 'Cascadia Dental', looks: 3, downloads: 1, people: 2, link: `https://on.example/clients/${client}/reveals` }] : [],
    ...change,
  };
}

const subjects = (language: (typeof languages)[number]) => [
  ...templateNames.map((name) => renderMail(source(name, { language })).subject),
  ...inactivities.map((why) => wordsOf[language].reminders[why]({ case: why, company: 'C', idleDays: 1 }).subject),
];

describe('a mail', () => {
  const everyMail = languages.flatMap((language) => templateNames.map((name) => [language, name] as const));

  it.each(everyMail)('can be read in %s: %s', (language, name) => {
    const given = source(name, { language });
    const { subject, text, html } = renderMail(given);
    for (const part of [subject, text, html]) expect(part).not.toMatch(/undefined|null|\[object|NaN/);
    expect(html).toContain(`<html lang="${language}">`);
    if (given.link) {
      expect(text).toContain(given.link);
      expect(html).toContain(`href="${given.link}"`);
    }
    // Whatever the text says, the HTML says too.
    const seen = html.replace(/<[^>]+>/g, ' ').replace(/&#39;/g, "'").replace(/\s+/g, ' ');
    for (const line of text.split('\n').filter((line) => /[.!?]$/.test(line) && !line.startsWith('-'))) expect(seen).toContain(line);
  });

  it.each(languages.filter((language) => language !== 'en'))('is translated into %s, not copied', (language) => {
    const same = subjects(language).filter((subject, at) => subject === subjects('en')[at]);
    expect(same).toEqual([]);
  });

  it('tells times by the tenant’s clocks, on either side of a change to summer time', () => {
    const at = (expiresAt: string) => renderMail(source('password_reset', { facts: { path: '/x', expiresAt } })).text;
    expect(at('2026-03-29T00:30:00.000Z')).toContain('1:30 AM (GMT+1)');
    expect(at('2026-03-29T01:30:00.000Z')).toContain('3:30 AM (GMT+2)');
  });

  it('shows what people typed as text: no markup, no further header, no further line', () => {
    const company = '<img src=x onerror=alert(1)>"\r\nBcc: all@example.com\u202Eevil';
    const { subject, text, html } = renderMail(source('submitted', { company, firstName: '<b>Ana</b>' }));
    expect(subject).not.toMatch(/[\r\n\u202E]/);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(html).not.toMatch(/<img|<b>/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;');
  });

  it('of one reminder names the client in its subject; a digest lists them with a link each', () => {
    const [one] = source('reminder').reminded;
    const other = { ...one!, case: 'escalation' as const, company: 'Bolt & Sons', link: 'https://on.example/clients/2' };
    expect(renderMail(source('reminder')).subject).toContain('Cascadia Dental');
    const digest = renderMail(source('reminder', { reminded: [one!, other] }));
    expect(digest.subject).toBe('2 onboardings wait for you');
    for (const { link } of [one!, other]) {
      expect(digest.text).toContain(link);
      expect(digest.html).toContain(`href="${link}"`);
    }
    expect(digest.html).toContain('Bolt &amp; Sons');
  });
});
