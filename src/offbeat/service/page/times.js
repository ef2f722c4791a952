// Times as a person reads them, in one zone that the page names.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const CHOSEN = "offbeat-zone";
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 3, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650].map((n) => n * DAY),
];

let zone = localStorage.getItem(CHOSEN) === "UTC" ? "UTC" : HERE;
let formats = {};

export const zones = () => [...new Set([HERE, "UTC"])];
export const zoneName = () => zone;

export function chooseZone(name) {
  zone = name;
  formats = {};
  localStorage.setItem(CHOSEN, name);
}

function format(name, options) {
  formats[name] ??= new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  return formats[name];
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
export const clock = (ms, seconds = true) =>
  seconds ? format("clock", { ...CLOCK, second: "2-digit" }).format(ms) : format("hours", CLOCK).format(ms);
export const day = (ms) => format("day", { day: "numeric", month: "short" }).format(ms);
const fullDay = (ms) => format("full", { day: "numeric", month: "short", year: "numeric" }).format(ms);

// A day has its year where it is not this one.
export function stamp(ms) {
  const whole = fullDay(ms);
  return `${whole.endsWith(fullDay(Date.now()).slice(-4)) ? day(ms) : whole} ${clock(ms)}`;
}

// Today has no day.
export const when = (ms) => (fullDay(ms) === fullDay(Date.now()) ? clock(ms) : stamp(ms));

export function span(start, stop) {
  return `${stamp(start)} – ${fullDay(start) === fullDay(stop) ? clock(stop) : stamp(stop)}`;
}

export function duration(ms) {
  const units = [["day", DAY], ["h", HOUR], ["min", MINUTE], ["s", SECOND]];
  const [name, length] = units.find(([, each]) => ms >= each) || units.at(-1);
  const count = Number((ms / length).toPrecision(2));
  return `${count} ${name}${name === "day" && count !== 1 ? "s" : ""}`;
}

function offset(ms) {
  const parts = format("parts", {
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23",
  }).formatToParts(ms);
  const found = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second) - Math.floor(ms / SECOND) * SECOND;
}

// Round times of the zone in a range, at most so many, and what to write beside each.
export function ticks(start, stop, most) {
  const step = STEPS.find((each) => (stop - start) / each <= most) || STEPS.at(-1);
  const away = offset((start + stop) / 2);
  const found = [];
  for (let at = Math.ceil((start + away) / step) * step - away; at <= stop; at += step) {
    const midnight = (at + away) % DAY === 0;
    found.push({ at, text: step >= DAY || midnight ? day(at) : clock(at, step < MINUTE) });
  }
  return found;
}
