import { PDFDocument, StandardFonts } from 'pdf-lib';
import { PNG } from 'pngjs';
import { Chance } from './random.js';
import { workbook } from './write.js';

const fixedDay = new Date('2026-05-15T12:00:00Z');

/** A PDF of some pages with a heading and lines of text. */
export async function letter(heading: string, lines: readonly string[], pages: number): Promise<Buffer> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(heading);
  document.setProducer('Blue Heron Technology Services');
  document.setCreationDate(fixedDay);
  document.setModificationDate(fixedDay);
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (let number = 1; number <= pages; number += 1) {
    const page = document.addPage([612, 792]);
    page.drawText(heading, { x: 60, y: 710, size: 22, font });
    lines.forEach((line, index) => page.drawText(line, { x: 60, y: 660 - index * 22, size: 12, font }));
    page.drawText(`Page ${number} of ${pages}`, { x: 60, y: 40, size: 9, font });
  }
  return Buffer.from(await document.save({ useObjectStreams: false }));
}

/** A line drawing of rooms, as somebody draws a floor plan. */
export function floorPlan(width: number, height: number, seed: number): Buffer {
  const chance = new Chance(seed);
  const image = new PNG({ width, height });
  image.data.fill(255);
  const line = (x1: number, y1: number, x2: number, y2: number) => {
    for (let y = y1; y <= y2; y += 1) {
      for (let x = x1; x <= x2; x += 1) image.data.set([40, 50, 70, 255], (y * width + x) * 4);
    }
  };
  for (let room = 0; room < 9; room += 1) {
    const x = 20 + (room % 3) * Math.floor(width / 3.2);
    const y = 20 + Math.floor(room / 3) * Math.floor(height / 3.3);
    const w = chance.integer(120, Math.floor(width / 3.6));
    const h = chance.integer(80, Math.floor(height / 4));
    line(x, y, x + w, y + 2);
    line(x, y + h, x + w, y + h + 2);
    line(x, y, x + 2, y + h);
    line(x + w, y, x + w + 2, y + Math.floor(h / 2));
  }
  return PNG.sync.write(image);
}

/** A dark rack with units and lamps under camera noise: like a photo, it hardly compresses. */
export function rackPhoto(width: number, height: number, seed: number): Buffer {
  const chance = new Chance(seed);
  const image = new PNG({ width, height });
  for (let y = 0; y < height; y += 1) {
    const unit = Math.floor(y / 32);
    const seam = y % 32 < 3;
    for (let x = 0; x < width; x += 1) {
      const frame = x < 120 || x > width - 120;
      const lamp = !frame && x % 90 < 8 && y % 32 > 12 && y % 32 < 20 && unit % 3 !== 0;
      const base = frame ? 90 : seam ? 20 : 50 + (unit % 4) * 12;
      const noise = () => chance.integer(-60, 120);
      const at = (y * width + x) * 4;
      image.data[at] = Math.max(0, base + noise());
      image.data[at + 1] = Math.max(0, (lamp ? 130 : base) + noise());
      image.data[at + 2] = Math.max(0, base + noise());
      image.data[at + 3] = 255;
    }
  }
  return PNG.sync.write(image, { colorType: 2 });
}

/** A workbook of its own, as people attach one. */
export function register(title = 'Assets'): Promise<Buffer> {
  const chance = new Chance(title.length);
  return workbook({
    sheet: title,
    headers: ['No.', 'What', 'Where', 'Counted on'],
    rows: Array.from({ length: 60 }, (_, index) => [index + 1, chance.pick(['Monitor', 'PC', 'Disk', 'Phone', 'Printer']), `Shelf ${chance.text(2)}`, fixedDay]),
  });
}

export function textFile(heading: string, lines: readonly string[]): Buffer {
  return Buffer.from(`${heading}\r\n${'='.repeat(heading.length)}\r\n\r\n${lines.map((line) => `- ${line}`).join('\r\n')}\r\n`, 'utf8');
}

/** The text of a firewall's backup; its keys are invented and shortened. */
export function firewallBackup(name: string, seed: number): Buffer {
  const chance = new Chance(seed);
  const rules = Array.from({ length: 180 }, (_, index) =>
    [`    edit ${index + 1}`, `        set name "rule-${chance.text(6)}"`, `        set uuid ${chance.text(8, '0123456789abcdef')}`, '        set action accept', '    next'].join('\n'),
  );
  return Buffer.from(`#config-version=${name}\nconfig system global\n    set hostname "${name}"\nend\nconfig firewall policy\n${rules.join('\n')}\nend\n`, 'utf8');
}
