import { wordsOf, type Language } from './languages/index.js';
import type { FactsOf, TemplateName } from './templates.js';
import type { Letter, Reminded, Shown, Surroundings, Words } from './words.js';

/** Everything that a mail is made of. Links are whole addresses. */
export interface MailSource<T extends TemplateName = TemplateName> {
  readonly template: T;
  readonly facts: FactsOf<T>;
  readonly language: Language;
  /** IANA name, such as Europe/Berlin. */
  readonly timeZone: string;
  readonly tenant: string;
  readonly company: string;
  readonly firstName: string;
  /** Where the mail leads, or null. */
  readonly link: string | null;
  /** For `reminder` only: what it is about, each with its link. */
  readonly reminded: readonly (Reminded & { readonly link: string })[];
  /** For `secrets_shown` only: clients whose secrets were seen, each with the link of its list. */
  readonly shown: readonly (Shown & { readonly link: string })[];
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The mail in plain text and HTML, both from the same letter. */
export function renderMail(source: MailSource): RenderedMail {
  const words = wordsOf[source.language];
  const letter = write(words, source);
  const links = letter.items ? [...source.reminded, ...source.shown].map(({ link }) => link) : [];
  const single = source.template === 'reminder' && source.reminded.length === 1 ? source.reminded[0]!.link : source.link;
  const greeting = words.greeting(inLine(source.firstName));
  const closing = words.closing(inLine(source.tenant));
  return {
    subject: inLine(letter.subject),
    text: asText(letter, { greeting, closing, link: single, links }),
    html: asHtml(letter, { greeting, closing, link: single, links, language: source.language }),
  };
}

function write(words: Words, source: MailSource): Letter {
  const surroundings: Surroundings = {
    tenant: inLine(source.tenant),
    company: inLine(source.company),
    when: (iso) => new Intl.DateTimeFormat(source.language, { dateStyle: 'long', timeStyle: 'short', timeZone: source.timeZone }).format(new Date(iso)) + zoneWords(source, iso),
  };
  if (source.template === 'reminder') {
    const items = source.reminded.map((one) => ({ ...one, company: inLine(one.company) }));
    return items.length === 1 ? words.reminders[items[0]!.case](items[0]!) : words.digest({ ...surroundings, items });
  }
  if (source.template === 'secrets_shown') {
    const { day } = source.facts as FactsOf<'secrets_shown'>;
    const dayWords = new Intl.DateTimeFormat(source.language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
    return words.secretsShown({ ...surroundings, day: dayWords, items: source.shown.map((one) => ({ ...one, company: inLine(one.company) })) });
  }
  const writer = words.letters[source.template] as (facts: object) => Letter;
  return writer({ ...source.facts, ...surroundings });
}

/** The zone as a reader elsewhere understands it. */
function zoneWords({ language, timeZone }: MailSource, iso: string): string {
  const parts = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'short' }).formatToParts(new Date(iso));
  return ` (${parts.find((part) => part.type === 'timeZoneName')?.value ?? timeZone})`;
}

/** What people typed, on one line: a name cannot add a line to a header or a text. */
function inLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').replace(/\s+/g, ' ').trim();
}

interface Frame {
  readonly greeting: string;
  readonly closing: string;
  readonly link: string | null;
  readonly links: readonly string[];
}

function asText(letter: Letter, { greeting, closing, link, links }: Frame): string {
  const blocks = [
    greeting,
    ...letter.paragraphs,
    ...(letter.code ? [`    ${letter.code}`] : []),
    ...(letter.items ?? []).map((item, at) => `- ${item}\n  ${links[at] ?? ''}`),
    ...(letter.action && link ? [`${letter.action}:\n${link}`] : []),
    `-- \n${closing}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function asHtml(letter: Letter, { greeting, closing, link, links, language }: Frame & { language: Language }): string {
  const paragraph = (content: string) => `<p style="margin:0 0 16px">${content}</p>`;
  const anchor = (href: string, content: string, style: string) => `<a href="${escape(href)}" style="${style}">${content}</a>`;
  const items = (letter.items ?? []).map((item, at) => `<li style="margin:0 0 8px">${anchor(links[at] ?? '', escape(item), 'color:#0b5cad')}</li>`);
  const body = [
    paragraph(escape(greeting)),
    ...letter.paragraphs.map((text) => paragraph(escape(text))),
    ...(letter.code ? [`<p style="margin:0 0 16px;font:700 28px/1.4 monospace;letter-spacing:4px">${escape(letter.code)}</p>`] : []),
    ...(items.length > 0 ? [`<ul style="margin:0 0 16px;padding:0 0 0 20px">${items.join('')}</ul>`] : []),
    ...(letter.action && link
      ? [paragraph(anchor(link, escape(letter.action), 'display:inline-block;background:#0b5cad;color:#ffffff;padding:10px 18px;border-radius:4px;text-decoration:none')), `<p style="margin:0 0 16px;font-size:13px;color:#5b6b7c;word-break:break-all">${escape(link)}</p>`]
      : []),
    `<p style="margin:24px 0 0;font-size:13px;color:#5b6b7c">${escape(closing)}</p>`,
  ];
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(inLine(letter.subject))}</title></head>`,
    `<body style="margin:0;padding:24px;font:16px/1.5 -apple-system,'Segoe UI',Arial,sans-serif;color:#1c2733;background:#ffffff"><div style="max-width:560px;margin:0 auto">${body.join('')}</div></body></html>`,
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
