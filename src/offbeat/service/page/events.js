// Events to acknowledge: open ones on top, then the newest first.

import { addressOf } from "./board.js";
import { arrange, element, make, mark, write } from "./dom.js";
import { plural, short } from "./numbers.js";
import { ask, tell } from "./server.js";
import { HOUR, duration, span, stamp, when } from "./times.js";

const FEW = 50;
const MOST = 1000;
const OLD = HOUR; // since its last flagged point, from which on that it goes on holds of its last point alone
const KEYS = { n: "normal", r: "real", u: null };

const spoken = ({ verdict }) => (verdict ? `said to be ${verdict}` : "taken back");

class Row {
  constructor(view, event) {
    this.view = view;
    this.event = event;
    this.what = make("span", { class: "tier" });
    this.key = make("a", { class: "key" });
    this.when = make("span", { class: "when" });
    this.facts = make("small");
    this.said = make("span", { class: "said" });
    this.normal = make("button", { type: "button", title: "key n" }, "Normal");
    this.real = make("button", { type: "button", title: "key r" }, "Real");
    this.undo = make("button", { type: "button", title: "key u" }, "Undo");
    this.note = make("input", { type: "text", maxlength: 2000, placeholder: "note", "aria-label": "Note" });
    this.normal.addEventListener("click", () => view.acknowledge(this.event, "normal"));
    this.real.addEventListener("click", () => view.acknowledge(this.event, "real"));
    this.undo.addEventListener("click", () => view.acknowledge(this.event, null));
    this.note.addEventListener("change", () => {
      if (this.event.verdict) view.acknowledge(this.event, this.event.verdict);
    });
    this.key.addEventListener("click", () => view.onOpen(this.event));
    this.node = make(
      "li",
      { tabindex: "-1" },
      make("div", { class: "head" }, this.what, this.key),
      make("div", {}, this.when),
      this.facts,
      make("div", { class: "acts" }, this.normal, this.real, this.said, this.undo, this.note),
    );
    this.show(event);
  }

  show(event) {
    this.event = event;
    const [start, stop] = [Date.parse(event.start_time), Date.parse(event.end_time)];
    const isOpen = event.status === "open";
    // It may still go on, but nothing is wrong any more.
    const unfinished = Date.now() - stop < OLD ? "goes on" : "goes on at its last point";
    const course = event.quiet_since ? `quiet since ${when(Date.parse(event.quiet_since))}` : unfinished;
    this.node.className = `${event.severity}${isOpen ? " open" : ""}`;
    this.node.setAttribute("aria-label", `${event.severity} in ${event.key}, ${isOpen ? `${course}, ` : ""}${event.verdict ? spoken(event) : "not acknowledged"}`);
    this.what.replaceChildren(mark(event.severity), ` ${event.severity}`, ...(isOpen ? [make("b", { class: event.quiet_since ? "badge quiet" : "badge" }, course)] : []));
    write(this.key, event.key);
    this.key.href = addressOf(event.model, event.key);
    write(this.when, start === stop ? `${stamp(start)} (a single point)` : `${span(start, stop)} (${duration(stop - start)})`);
    const worst = Object.entries(event.channels).sort((a, b) => b[1] - a[1]).slice(0, 2).filter(([, share]) => share >= 0.1);
    const causes = Object.keys(event.channels).length > 1 ? worst.map(([name, share]) => `${name} ${Math.round(100 * share)}%`) : [];
    write(this.facts, [`score ${short(event.score)}`, plural(event.n_points, "point"), ...causes, ...(this.view.several ? [event.model] : [])].join(" · "));
    write(this.said, event.verdict ? spoken(event) : "");
    for (const button of [this.normal, this.real]) button.hidden = event.verdict !== null;
    this.undo.hidden = event.verdict === null;
    if (document.activeElement !== this.note && (event.verdict || !this.note.value)) this.note.value = event.note;
  }
}

export class EventsView {
  constructor(say) {
    this.say = say;
    this.rows = new Map();
    this.list = [];
    this.limit = FEW;
    this.stream = null; // the one that is opened
    this.onOpen = () => {};
    this.onSaid = () => {};
    this.several = false; // models
    this.last = null; // what was acknowledged last
    this.asked = 0;
    for (const id of ["verdict", "status", "of"]) {
      element(id).addEventListener("change", () => {
        this.limit = FEW;
        this.refresh().catch(say);
      });
    }
    element("more-events").addEventListener("click", () => {
      this.limit = Math.min(MOST, 2 * this.limit);
      this.refresh().catch(say);
    });
    element("undo-last").addEventListener("click", () => this.undoLast());
    element("event-list").addEventListener("keydown", (event) => this.onKey(event));
  }

  async refresh() {
    const number = (this.asked += 1);
    const only = this.stream && element("of").value === "stream" ? this.stream : {};
    const wanted = { ...only, verdict: element("verdict").value };
    const status = element("status").value;
    const ask_for = (which) => ask("v1/events", { ...wanted, status: which, limit: this.limit });
    const found = await Promise.all(["open", "closed"].map((which) => (status && status !== which ? [] : ask_for(which))));
    if (number !== this.asked) return;
    this.list = found.flat();
    element("more-events").hidden = !found.some((part) => part.length === this.limit) || this.limit === MOST;
    this.show();
  }

  show() {
    const rows = this.list.map((event) => {
      const row = this.rows.get(event.id) || new Row(this, event);
      row.show(event);
      return [event.id, row];
    });
    this.rows = new Map(rows);
    arrange(element("event-list"), rows.map(([, row]) => row.node));
    if (rows.length && !rows.some(([, row]) => row.node.tabIndex === 0)) rows[0][1].node.tabIndex = 0;
    element("no-events").hidden = rows.length > 0;
    write(element("no-events"), element("verdict").value === "none" ? "Nothing to acknowledge." : "No event is like that.");
  }

  open(stream) {
    this.stream = stream;
    element("of").closest("label").hidden = !stream;
    if (stream) element("of").value = "stream";
    this.refresh().catch(this.say);
  }

  async acknowledge(event, verdict) {
    const row = this.rows.get(event.id);
    const hadFocus = row && row.node.contains(document.activeElement);
    const place = this.list.findIndex(({ id }) => id === event.id);
    try {
      const note = verdict === null ? "" : row ? row.note.value : event.note;
      const answer = await tell(`v1/events/${event.id}/acknowledge`, { verdict, note });
      this.last = answer.verdict ? answer : null;
      element("undo-last").hidden = !this.last;
      write(element("said"), `${answer.key}: ${spoken(answer)}.`);
      if (row) row.note.value = answer.note;
      await this.refresh();
      this.onSaid();
      if (hadFocus) this.focus(place);
    } catch (error) {
      this.say(error);
    }
  }

  undoLast() {
    const last = this.last;
    if (last) this.acknowledge(last, null);
  }

  // Keys: ↓ ↑ or j k step through the list, n and r say what an event is, u takes it back, Enter opens its stream.
  onKey(event) {
    if (event.target.closest("input")) {
      if (event.key === "Enter") event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = this.list.findIndex(({ id }) => this.rows.get(id).node.contains(event.target));
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
    if (event.key in steps) this.focus(place + steps[event.key]);
    else if (event.key in KEYS && this.list[place]) this.acknowledge(this.list[place], KEYS[event.key]);
    else if (event.key === "Enter" && event.target.tagName === "LI") this.rows.get(this.list[place].id).key.click();
    else return;
    event.preventDefault();
  }

  focus(place) {
    const event = this.list[Math.min(this.list.length - 1, Math.max(0, place))];
    for (const row of this.rows.values()) row.node.tabIndex = -1;
    if (!event) {
      element("events-title").focus();
      return;
    }
    const { node } = this.rows.get(event.id);
    node.tabIndex = 0;
    node.focus();
  }

  pick(event) {
    const place = this.list.findIndex(({ id }) => id === event.id);
    if (place >= 0) {
      this.focus(place);
      return;
    }
    element("verdict").value = "";
    element("status").value = "";
    this.refresh().then(() => this.focus(this.list.findIndex(({ id }) => id === event.id))).catch(this.say);
  }
}
