// Values as people read them. Knows nothing of the page.

const grouped = new Intl.NumberFormat("en");

export const count = (number) => grouped.format(number ?? 0);

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** "2025-03-01 12:00", UTC, as the API keeps it. */
export const minute = (iso) => (iso ? new Date(iso).toISOString().slice(0, 16).replace("T", " ") : "");

/** "2025-03-01 12:00:00", UTC. */
export const second = (iso) => (iso ? new Date(iso).toISOString().slice(0, 19).replace("T", " ") : "");

/** "12:00:00.123", UTC. */
export const timeOfDay = (iso) => new Date(iso).toISOString().slice(11, 23);

export function milliseconds(value) {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  if (value >= 100) return `${Math.round(value)} ms`;
  return `${value.toFixed(value >= 10 ? 1 : 2)} ms`;
}

export function bytes(value) {
  if (!value) return "0";
  const step = Math.min(3, Math.floor(Math.log2(value) / 10));
  const shown = value / 1024 ** step;
  return `${step && shown < 10 ? shown.toFixed(1) : Math.round(shown)} ${["B", "kB", "MB", "GB"][step]}`;
}

/** Seconds as "3 d 4 h", the two largest parts. */
export function span(seconds) {
  let rest = Math.round(Math.abs(seconds));
  const parts = [];
  for (const [size, unit] of [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number) parts.push(`${count(number)} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

export function ago(iso, now = Date.now()) {
  const seconds = (now - Date.parse(iso)) / 1000;
  return seconds < 2 ? "just now" : `${span(seconds).split(" ").slice(0, 2).join(" ")} ago`;
}

export const words = (name) => String(name).replaceAll("_", " ");

/** The same with a capital letter, as a label begins. */
export const label = (name) => words(name).replace(/^\p{L}/u, (letter) => letter.toUpperCase());

/** A body as text, indented when it is JSON. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
