// All streams as small pictures, the worst first, a page at a time.

import { arrange, element, make, mark, wordOf, write } from "./dom.js";
import { plural } from "./numbers.js";
import { spark } from "./spark.js";
import { when } from "./times.js";

const PAGE = 60;
const LIGHTS = ["alarm", "watch", "silent", "warming_up", "normal"];

export const addressOf = (model, key) => `#${new URLSearchParams({ stream: key, model })}`;

class Tile {
  constructor() {
    this.name = make("b");
    this.model = make("small");
    this.light = make("span", { class: "tier" });
    this.picture = make("span", { class: "picture" });
    this.when = make("small");
    this.open = make("small", { class: "open" });
    this.names = make("small", { class: "names", "aria-hidden": "true" });
    this.node = make(
      "a",
      { class: "tile" },
      make("span", { class: "head" }, this.light, this.name),
      this.picture,
      this.names,
      make("span", { class: "foot" }, this.when, this.open),
      this.model,
    );
  }

  show(facts, several) {
    this.node.href = addressOf(facts.model, facts.key);
    // The picture has no room for names.
    this.node.title = facts.channels.length > 1 ? `${facts.key}: ${facts.shown.join(", ")}` : facts.key;
    this.node.className = `tile ${facts.light}`;
    const light = wordOf(facts.light);
    const quiet = facts.quiet_since && `quiet since ${when(Date.parse(facts.quiet_since))}`;
    const events = facts.n_open ? `, ${plural(facts.n_open, "open event")}${quiet ? `, ${quiet}` : ""}` : "";
    this.node.setAttribute("aria-label", `${facts.key}, ${light}${events}, model ${facts.model}`);
    write(this.name, facts.key);
    write(this.model, several ? facts.model : "");
    // The foot says how far it is, and the key needs the room.
    this.light.replaceChildren(mark(facts.light), ` ${facts.light === "warming_up" ? "warming" : light}`);
    this.picture.replaceChildren(spark(facts));
    // In the colours of the lines.
    const names = facts.channels.length > 1 ? facts.shown : [];
    this.names.replaceChildren(...names.flatMap((name, at) => [make("span", { class: `c${at}` }, name), " "]));
    const since = when(Date.parse(facts.time));
    if (facts.state === "silent") this.when.replaceChildren(mark("silent"), ` since ${since}`);
    else if (facts.light === "warming_up") write(this.when, `${facts.n_values} of ${plural(facts.n_needed, "value")}`);
    else write(this.when, quiet ? "" : since);
    write(this.open, quiet || (facts.n_open ? `${facts.n_open} open` : ""));
    this.open.classList.toggle("quiet", Boolean(quiet));
  }
}

export class BoardView {
  constructor(refresh) {
    this.refresh = refresh;
    this.first = 0;
    this.lights = new Set();
    this.tiles = new Map();
    this.facts = null;
    this.buttons = new Map();
    for (const light of LIGHTS) {
      const button = make("button", { type: "button", class: `count ${light}`, "aria-pressed": "false" });
      button.addEventListener("click", () => this.toggle(light));
      this.buttons.set(light, button);
    }
    element("counts").append(...this.buttons.values());
    const changed = () => this.turn(0);
    element("model").addEventListener("change", changed);
    element("find").addEventListener("input", changed);
    element("before").addEventListener("click", () => this.turn(this.first - PAGE));
    element("after").addEventListener("click", () => this.turn(this.first + PAGE));
  }

  get wanted() {
    return {
      model: element("model").value,
      find: element("find").value.trim(),
      light: [...this.lights],
      first: this.first,
      n: PAGE,
    };
  }

  toggle(light) {
    if (!this.lights.delete(light)) this.lights.add(light);
    this.turn(0);
  }

  turn(first) {
    this.first = Math.max(0, first);
    this.refresh();
  }

  show(facts) {
    this.facts = facts;
    this.first = facts.first;
    this.showCounts(facts);
    this.showModels(facts.models);
    const tiles = facts.streams.map((stream) => {
      const name = JSON.stringify([stream.model, stream.key]);
      const tile = this.tiles.get(name) || new Tile();
      this.tiles.delete(name);
      tile.show(stream, facts.models.length > 1);
      return [name, tile];
    });
    this.tiles = new Map(tiles);
    arrange(element("tiles"), tiles.map(([, tile]) => tile.node));
    this.showPlace(facts);
  }

  again() {
    if (this.facts) this.show(this.facts);
  }

  showCounts({ counts }) {
    for (const [light, button] of this.buttons) {
      const count = make("b", {}, counts[light].toLocaleString("en"));
      button.replaceChildren(mark(light), " ", count, ` ${wordOf(light)}`);
      button.setAttribute("aria-pressed", String(this.lights.has(light)));
      button.setAttribute("aria-label", `${counts[light]} ${wordOf(light)}: show only these`);
      // What there is none of needs no button, but for the ends of the scale.
      button.hidden = !counts[light] && !this.lights.has(light) && light !== "alarm" && light !== "normal";
    }
  }

  showModels(models) {
    const choice = element("model");
    if (choice.options.length === models.length + 1) return;
    const chosen = choice.value;
    choice.replaceChildren(make("option", { value: "" }, "all"), ...models.map((name) => make("option", { value: name }, name)));
    choice.value = models.includes(chosen) ? chosen : "";
    choice.closest("label").hidden = models.length < 2;
  }

  showPlace(facts) {
    const total = LIGHTS.reduce((sum, light) => sum + facts.counts[light], 0);
    const filtered = element("find").value || this.lights.size || element("model").value;
    element("none").hidden = facts.n > 0;
    write(
      element("none"),
      filtered && !facts.n
        ? "No stream is like that: change the filters."
        : "No points yet. Push some to /v1/points, and their streams appear here.",
    );
    const last = facts.first + facts.streams.length;
    write(element("place"), facts.n ? `${facts.first + 1}–${last} of ${plural(facts.n, "stream")}` : "");
    element("before").disabled = facts.first === 0;
    element("after").disabled = last >= facts.n;
    element("pager").hidden = facts.n <= PAGE;
    element("key-to-tiles").hidden = facts.n === 0;
    document.title = `${facts.counts.alarm ? `◆ ${facts.counts.alarm} ` : ""}offbeat – ${plural(total, "stream")}`;
  }
}
