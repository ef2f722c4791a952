// One stream: its values and scores over time, with thresholds and events.

import { Chart } from "./chart.js";
import { element, mark, wordOf, write } from "./dom.js";
import { plural, short } from "./numbers.js";
import { ask } from "./server.js";
import { DAY, HOUR, MINUTE, SECOND, stamp } from "./times.js";

const RANGES = { hour: HOUR, day: DAY, week: 7 * DAY, all: Infinity };
const FEWEST = 200;
const CHANNELS = 6; // shown unless all are asked for
const PANEL = 92;
const SCORE = 130;
const SHORTEST = SECOND;
const PIXELS = 600; // of a chart, about
const iso = (ms) => new Date(Math.round(ms)).toISOString();

export class StreamView {
  constructor(say) {
    this.say = say;
    this.chosen = null; // model and key
    this.facts = null;
    this.data = null;
    this.events = [];
    this.length = HOUR;
    this.range = null; // where it does not follow
    this.follows = true;
    this.asked = 0;
    this.isLoading = false; // what somebody asked to see is on its way
    this.drawn = 0; // the time of the newest point
    this.chart = new Chart(element("chart"), {
      height: PANEL,
      label: "Values and scores over time. Plus and minus zoom, left and right move.",
      onRange: (start, stop) => this.look(start, stop),
      onHover: (time) => this.read(time),
      onClick: (time) => this.pick(time),
    });
    for (const [name, length] of Object.entries(RANGES)) {
      element(`range-${name}`).addEventListener("click", () => this.choose(length));
    }
    element("follow").addEventListener("change", (event) => this.follow(event.target.checked));
    element("all-channels").addEventListener("change", () => this.redraw());
    this.onPick = null;
    this.onFacts = null;
  }

  async open(chosen) {
    this.chosen = chosen;
    [this.data, this.facts, this.events, this.range] = [null, null, [], null];
    [this.length, this.follows] = [HOUR, true];
    element("follow").checked = true;
    write(element("stream-name"), chosen.key);
    element("stream-mark").replaceChildren();
    write(element("stream-facts"), "…");
    element("chart").classList.add("waiting");
    await this.refresh(true);
    await this.fit();
  }

  close() {
    this.chosen = null;
  }

  // An hour of a slow stream is next to nothing: begin with what shows some of it.
  async fit() {
    if (this.length !== HOUR || this.range) return; // somebody has chosen by now
    if (!this.data || this.data.n_points >= FEWEST || this.facts.n_points <= this.data.n_points) return;
    const length = this.data.n_points * (DAY / HOUR) >= FEWEST ? DAY : 7 * DAY;
    this.length = length;
    await this.refresh(true);
    if (this.length === length && !this.range && this.data && this.data.n_points < FEWEST) {
      this.length = Infinity;
      await this.refresh(true);
    }
  }

  choose(length) {
    this.length = length;
    this.range = null;
    this.follow(true);
  }

  follow(does) {
    this.follows = does;
    element("follow").checked = does;
    if (does) this.range = null;
    else if (this.data) this.range = [...this.shown()];
    this.refresh(true).catch(this.say);
  }

  look(start, stop) {
    const middle = (start + stop) / 2;
    const half = Math.max(SHORTEST, stop - start) / 2;
    this.range = [middle - half, middle + half];
    this.follows = false;
    element("follow").checked = false;
    this.redraw();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(true).catch(this.say), 120);
  }

  goTo(event) {
    const [start, stop] = [Date.parse(event.start_time), Date.parse(event.end_time)];
    const around = Math.max(3 * (stop - start), 15 * MINUTE);
    this.look(start - around, stop + around);
  }

  // The time that is shown; all of it where nothing is said.
  shown() {
    if (this.range) return this.range;
    const times = this.data ? this.data.time : [];
    const last = times.at(-1) ?? Date.now();
    if (this.length !== Infinity) return [last - this.length, last];
    return [times[0] ?? last - HOUR, last];
  }

  // Points for less than a pixel of the time that is shown need not be read.
  isDue(newest) {
    const [start, stop] = this.shown();
    return this.follows && newest - this.drawn >= (stop - start) / PIXELS;
  }

  // A look at what is new does not overtake what somebody asked to see: that would never be shown.
  async refresh(atOnce = false) {
    if (!this.chosen || (this.isLoading && !atOnce)) return;
    const number = (this.asked += 1);
    this.isLoading = atOnce;
    try {
      await this.load(number, atOnce);
    } finally {
      if (number === this.asked) this.isLoading = false;
    }
  }

  async load(number, atOnce) {
    const chosen = this.chosen;
    const facts = await ask("v1/stream", chosen);
    if (number !== this.asked || chosen !== this.chosen) return;
    const newest = Date.parse(facts.time);
    if (!atOnce && !this.isDue(newest)) {
      this.showFacts(facts);
      return;
    }
    this.drawn = newest;
    const [start, stop] = this.range || (this.length === Infinity ? [null, null] : [newest - this.length, null]);
    const n = Math.max(200, Math.min(1200, Math.round(element("chart").clientWidth)));
    const limits = { start: start === null ? null : iso(start), stop: stop === null ? null : iso(stop) };
    const [data, events] = await Promise.all([
      ask("v1/series", { ...chosen, ...limits, n }),
      ask("v1/events", { ...chosen, since: limits.start, limit: 300 }),
    ]);
    if (number !== this.asked || chosen !== this.chosen) return; // something else is wanted by now
    chosen.model ??= facts.model;
    data.time = data.time.map(Date.parse);
    [this.facts, this.data, this.events] = [facts, data, events];
    element("chart").classList.remove("waiting");
    this.redraw();
  }

  redraw() {
    const { data, facts } = this;
    for (const [name, length] of Object.entries(RANGES)) {
      element(`range-${name}`).setAttribute("aria-pressed", String(!this.range && this.length === length));
    }
    if (!data) return;
    this.showFacts(facts);
    const all = element("all-channels").checked;
    element("more-channels").hidden = data.channels.length <= CHANNELS;
    const columns = (name) => data[name].slice(0, all ? undefined : CHANNELS);
    const [means, lows, highs] = ["mean", "low", "high"].map(columns);
    const panels = means.map((mean, number) => ({
      name: data.channels[number], times: data.time, mean, low: lows[number], high: highs[number],
    }));
    panels.push({ name: "score", kind: "scores", height: SCORE, times: data.time, mean: data.score, lines: limits(facts) });
    const [start, stop] = this.shown();
    this.chart.show({ start, stop, panels, events: this.events.map(placed) });
    element("nothing").hidden = data.n_points > 0;
  }

  showFacts(facts) {
    const light = lightOf(facts);
    element("stream-mark").replaceChildren(mark(light), ` ${wordOf(light)}`);
    element("stream-mark").className = `tier ${light}`;
    const known = [
      `model ${facts.model}`,
      plural(facts.n_points, "point"),
      `newest ${stamp(Date.parse(facts.time))}${facts.state === "silent" ? ", and nothing since" : ""}`,
      `score ${short(facts.score)}`,
      ...(facts.quiet_since ? [`quiet since ${stamp(Date.parse(facts.quiet_since))}`] : []),
      ...(facts.n_until_scored ? [`scores after ${plural(facts.n_until_scored, "more value")}`] : []),
      ...(facts.unscored >= 0.01 ? [`${Math.round(100 * facts.unscored)} % of the newest points without a score`] : []),
      ...(facts.delay ? [`scores known ${plural(facts.delay, "point")} later`] : []),
    ];
    write(element("stream-facts"), known.join(" · "));
    this.onFacts?.(facts);
  }

  // The values at a time.
  read(time) {
    const { data } = this;
    const row = time === null || !data ? -1 : data.time.findLastIndex((each) => each <= time);
    if (row < 0) {
      write(element("reading"), "");
      return;
    }
    const values = data.channels.slice(0, CHANNELS).map((name, number) => `${name} ${short(data.mean[number][row])}`);
    write(element("reading"), [stamp(data.time[row]), ...values, `score ${short(data.score[row])}`].join(" · "));
  }

  pick(time) {
    const found = this.events.find((event) => Date.parse(event.start_time) <= time && time <= Date.parse(event.end_time));
    if (found) this.onPick?.(found);
  }
}

// An alarm or a watch outdoes silence.
const lightOf = ({ tier, state }) => (tier === "alarm" || tier === "watch" ? tier : state === "scoring" ? "normal" : state);

export const placed = (event) => ({
  start: Date.parse(event.start_time),
  stop: Date.parse(event.end_time),
  severity: event.severity,
  verdict: event.verdict,
});

// The threshold is not named apart where it is that of the tier. One that moves stands where it began.
function limits({ threshold, watch, alarm, moves }) {
  const found = [
    { value: watch, kind: "watch", label: "watch" },
    { value: alarm, kind: "alarm", label: threshold === alarm ? "alarm" : "tier alarm" },
    ...(threshold === alarm ? [] : [{ value: threshold, kind: "event", label: moves ? "event, at first" : "event" }]),
  ];
  return found.filter(({ value }) => value !== null);
}
