const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A time from now in words, in the largest unit that fits: "in 10 days", "in 20 Sekunden". */
export function soon(language: string, seconds: number): string {
  const [unit, length] = units.find(([, most]) => seconds >= most) ?? units[3];
  return new Intl.RelativeTimeFormat(language).format(Math.round(seconds / length), unit);
}
