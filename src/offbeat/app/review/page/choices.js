// Which beats are stepped through: the three choices above the paper, and how far the work on them is.

import { clock, NO_BEAT } from "./model.js";

const MOST_EPISODES = 20; // that are offered one by one, the longest
const SHOWN = {
  worth: "worth a look",
  doubtful: "doubtful",
  open: "not reviewed",
  corrected: "corrected",
  all: "all",
};
const element = (id) => document.getElementById(id);

function option(value, text, chosen) {
  const made = new Option(text, value);
  made.selected = value === chosen;
  return made;
}

const count = (n) => n.toLocaleString("en");

export class Choices {
  constructor(model, changed) {
    this.model = model;
    this.fillRhythms();
    for (const name of ["show", "class", "rhythm"]) {
      element(name).onchange = (event) => {
        model.filter[name] = event.target.value;
        model.refresh();
        event.target.blur(); // so that letters name beats again
        changed();
      };
    }
  }

  refresh() {
    const { model } = this;
    const shown = Object.entries(SHOWN).map(([name, text]) =>
      option(name, `${text} (${count(model.count(model.shows(name)))})`, model.filter.show));
    element("show").replaceChildren(...shown);
    const classes = Object.entries(model.facts.words).map(([name, word]) =>
      option(name, `${name} ${word} (${count(model.count((beat) => model.classOf(beat) === name))})`, model.filter.class));
    const none = option(NO_BEAT, `no beat (${count(model.count((beat) => beat.symbol === NO_BEAT))})`, model.filter.class);
    element("class").replaceChildren(option("", "any", model.filter.class), ...classes, none);
    this.showProgress();
  }

  showProgress() {
    const { list, looked } = this.model;
    element("bar").max = Math.max(1, list.length);
    element("bar").value = looked;
    element("progress").textContent = list.length
      ? `${count(looked)} of ${count(list.length)} looked at`
      : "no beats of this choice";
  }

  fillRhythms() {
    const { rhythms } = this.model.facts;
    const kinds = new Map();
    for (const [, , code, word] of rhythms) {
      kinds.set(code, { word, episodes: (kinds.get(code)?.episodes || 0) + 1 });
    }
    const byKind = [...kinds].map(([code, { word, episodes }]) => option(code, `${word} (${count(episodes)} ×)`, ""));
    element("rhythm").replaceChildren(option("", "any", ""), ...byKind);
    if (rhythms.length < 2) return;
    const length = (i) => rhythms[i][1] - rhythms[i][0];
    const longest = [...rhythms.keys()].sort((a, b) => length(b) - length(a)).slice(0, MOST_EPISODES);
    const group = document.createElement("optgroup");
    group.label = longest.length < rhythms.length ? `One of the ${MOST_EPISODES} longest` : "One episode";
    group.append(...longest.sort((a, b) => a - b).map((i) => {
      const [start, stop, , word] = rhythms[i];
      return option(`#${i}`, `${clock(start / this.model.rate)}–${clock(stop / this.model.rate)} ${word}`, "");
    }));
    element("rhythm").append(group);
  }
}
