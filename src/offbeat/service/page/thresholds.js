// Thresholds by alarms a week: what each would have raised on the last month, and setting one.

import { Chart } from "./chart.js";
import { element, make, write } from "./dom.js";
import { plural, short } from "./numbers.js";
import { ask, tell } from "./server.js";
import { DAY } from "./times.js";

const MONTH = 30 * DAY;
const NAMES = { now: "now", half: "half", asked: "asked for", twice: "twice" };

// The columns of the table: a name, and what stands there for a threshold. What was said of events is there once it was.
const columns = (found) => [
  ["Alarms a week", rate],
  ["Threshold", ({ threshold }) => short(threshold)],
  ["Events", ({ n_events }) => n_events.toLocaleString("en")],
  ["A week (95%)", range],
  ["Time in events", ({ share_of_time }) => share(share_of_time)],
  ...(found.n_normal ? [["Normal ones raised", ({ normal_raised }) => `${normal_raised} of ${found.n_normal}`]] : []),
  ...(found.n_real ? [["Real ones raised", ({ real_raised }) => `${real_raised} of ${found.n_real}`]] : []),
];

const rate = ({ alarms_per_week, aim }) => (alarms_per_week === null ? aim || "–" : short(alarms_per_week, 3));

const place = ({ model }) => `v1/models/${encodeURIComponent(model)}`;

function range(choice) {
  if (choice.a_week === null) return "–";
  return `${short(choice.a_week, 2)} (${choice.interval_95.map((bound) => short(bound, 2)).join(" to ")})`;
}

const share = (value) => (value === null ? "–" : `${short(100 * value, 2)}%`);

export class ThresholdView {
  constructor(onSet) {
    this.onSet = onSet;
    this.stream = null;
    this.asked = 0;
    this.picture = new Chart(element("preview-chart"), { height: 120, label: "Scores of the last month, and the events of each threshold" });
    element("thresholds").addEventListener("toggle", () => this.preview());
    element("threshold-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.preview();
    });
  }

  open(stream) {
    this.stream = stream;
    element("thresholds").open = false;
    element("previewed").hidden = true;
    write(element("threshold-said"), "");
  }

  showNow(facts) {
    write(element("threshold-now"), facts.aim || facts.rule);
    if (!element("thresholds").open && facts.alarms_per_week !== null) element("alarms").value = Number(facts.alarms_per_week.toPrecision(3));
  }

  say(text, wrong = false) {
    write(element("threshold-said"), text);
    element("threshold-said").classList.toggle("wrong", wrong);
  }

  async preview() {
    if (!element("thresholds").open || !this.stream) return;
    const [stream, number] = [this.stream, (this.asked += 1)];
    const alarms = element("alarms").valueAsNumber;
    if (!(alarms > 0)) {
      this.say("Give a number of alarms a week above 0.", true);
      return;
    }
    this.say("Looking at the last month…");
    try {
      const found = await ask(`${place(stream)}/preview`, { key: stream.key, alarms_per_week: alarms });
      const newest = Date.parse((await ask("v1/stream", stream)).time);
      const series = await ask("v1/series", { ...stream, start: new Date(newest - MONTH).toISOString(), n: 1200 });
      if (number !== this.asked || stream !== this.stream) return;
      this.say("");
      this.show(found, series, newest);
    } catch (error) {
      this.say(`${error.message}.`, true);
    }
  }

  show(found, series, newest) {
    element("previewed").hidden = false;
    const rows = found.choices.map((choice) => this.row(found, choice));
    const names = ["", ...columns(found).map(([name]) => name), ""];
    const head = make("tr", {}, ...names.map((name) => (name ? make("th", { scope: "col" }, name) : make("td"))));
    element("choices").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
    element("cautions").replaceChildren(...this.notes(found).map((text) => make("li", {}, text)));
    const times = series.time.map(Date.parse);
    const drawn = (event) => ({ start: Date.parse(event.start_time), stop: Date.parse(event.end_time), severity: event.severity });
    const lines = found.choices.map((choice) => ({ value: choice.threshold, label: choice.choice === "asked" ? NAMES.asked : "", kind: choice.choice === "asked" ? "event" : "other" }));
    const events = found.choices.map((choice) => ({ name: NAMES[choice.choice], events: choice.events.map(drawn) }));
    this.picture.show({
      start: times.length ? Math.max(times[0], newest - MONTH) : newest - MONTH,
      stop: newest,
      panels: [
        { name: "score", kind: "scores", times, mean: series.score, lines: lines.filter(({ value }) => value !== null) },
        { name: "events", height: 20 * events.length, rows: events },
      ],
    });
  }

  row(found, choice) {
    const isNow = choice.choice === "now";
    const use = make("button", { type: "button", onclick: () => this.confirm(found, choice) }, "Use this");
    use.setAttribute("aria-label", `Use ${rate(choice)} alarms a week`);
    const cells = columns(found).map(([name, of]) => make("td", { "data-name": name }, of(choice)));
    const name = make("th", { scope: "row" }, NAMES[choice.choice]);
    return make("tr", { class: choice.choice }, name, ...cells, make("td", {}, isNow ? "" : use));
  }

  notes(found) {
    const asked = found.choices.find(({ choice }) => choice === "asked");
    const others = `The threshold is that of ${plural(found.n_streams, "stream")} of the model ${found.model}`;
    const mean = asked.a_week_all === null ? "" : `: ${found.n_counted} of them would have raised ${short(asked.a_week_all, 2)} a week each`;
    return [...(found.n_streams > 1 ? [`${others}${mean}.`] : []), ...found.cautions.map((text) => `${text[0].toUpperCase()}${text.slice(1)}.`)];
  }

  confirm(found, choice) {
    const dialog = element("sure");
    const streams = found.n_streams > 1 ? `, for all its ${plural(found.n_streams, "stream")}` : "";
    write(element("sure-text"), `Set the threshold of the model ${found.model} to ${short(choice.alarms_per_week, 3)} alarms a week${streams}? It is written to the model on disk. Streams go on from their next points.`);
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "yes" && this.use(choice);
    dialog.showModal();
  }

  async use(choice) {
    const stream = this.stream;
    try {
      const { before, now } = await tell(`${place(stream)}/threshold`, { key: stream.key, alarms_per_week: choice.alarms_per_week });
      element("alarms").value = Number(choice.alarms_per_week.toPrecision(3));
      this.onSet();
      await this.preview();
      this.say(`Set: ${now.aim}, threshold ${short(now.threshold)}. Before: ${before.aim || before.rule}, ${short(before.threshold)}.`);
    } catch (error) {
      this.say(`Not set: ${error.message}.`, true);
    }
  }
}
