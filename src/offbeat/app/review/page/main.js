// The page: keys and clicks become steps, steps are told to the server, and what it answers is shown.

import { Choices } from "./choices.js";
import { colour } from "./colours.js";
import { clock, Model, NO_BEAT } from "./model.js";
import { Overview } from "./overview.js";
import { Paper } from "./paper.js";
import { ask, Refused, tell } from "./server.js";
import { Signal } from "./signal.js";

const AUTOSAVE = 5000; // ms after the first step that is not saved; longer for long records, which take seconds to save
const SHORT = 10000; // beats
const NEAR = 0.12; // seconds from a beat within which a click means that beat
const NAMES = [
  ["n", "N", "normal"],
  ["s", "S", "supraventricular"],
  ["v", "V", "ventricular"],
  ["f", "F", "fusion"],
  ["q", "Q", "unclassifiable"],
  ["/", "/", "paced"],
  ["x", NO_BEAT, "no beat"],
];
const element = (id) => document.getElementById(id);

let model, overview, paper, choices;
let waiting = Promise.resolve(); // keys and clicks are answered one after the other, however fast they come
let saveTimer = null;
let ended = false;
let failed = false; // to save

// What is shown

function say(text, wrong = false) {
  element("said").textContent = text;
  element("said").classList.toggle("wrong", wrong);
}

function showState() {
  const { unsaved, file, place } = model.state;
  const reviewed = model.count((beat) => beat.reviewed);
  const text = unsaved
    ? `${unsaved} change${unsaved === 1 ? "" : "s"} not saved yet`
    : reviewed ? `all saved in ${file}` : "nothing to save yet";
  element("state").textContent = failed ? `NOT SAVED: ${text}` : text;
  element("state").title = place;
  element("state").className = failed ? "wrong" : unsaved ? "unsaved" : "";
  element("save").disabled = !unsaved;
  document.title = `${unsaved ? "● " : ""}${model.facts.name} – offbeat review`;
}

function showBeat() {
  const beat = model.current;
  if (paper.caret !== null) {
    element("where").textContent = clock(paper.caret / model.rate, 2);
    element("what").textContent = "a missed beat?";
    element("what").style.background = "#0b7a4b";
    element("facts").textContent = "N S V F Q / adds it, ← → moves the mark, Esc leaves it out";
    element("why").textContent = "";
    return;
  }
  if (!beat) {
    for (const id of ["where", "what", "facts", "why"]) element(id).textContent = "";
    element("where").textContent = "no beat";
    return;
  }
  const letter = beat.symbol === NO_BEAT ? "" : `${beat.symbol} `;
  element("where").textContent = clock(model.seconds(beat), 2);
  element("what").textContent = letter + model.word(beat);
  element("what").style.background = colour(model.classOf(beat));
  element("facts").textContent = [
    beat.reviewed && (beat.symbol === beat.was ? "✓ reviewed" : `✓ reviewed, was ${beat.was || "missed"}`),
    beat.confidence !== null && `confidence ${Math.round(100 * beat.confidence)}%`,
    ...intervals(beat),
  ].filter(Boolean).join(" · ");
  const reason = model.reasons.get(beat.number);
  element("why").textContent = reason ? `– ${reason}` : "";
  element("why").title = reason || "";
}

function intervals(beat) {
  const before = model.interval(beat, -1);
  const after = model.interval(beat, 1);
  const ms = (seconds) => Math.round(1000 * seconds).toLocaleString("en");
  return [
    before && `RR ${ms(before)} ms before (${Math.round(60 / before)}/min)`,
    after && `${ms(after)} ms after`,
  ];
}

function draw() {
  paper.draw();
  overview.move(paper.view);
  showBeat();
}

function drawAll() {
  choices.refresh();
  showState();
  paper.draw();
  overview.redraw(paper.view);
  showBeat();
}

// Where we are

function go(beat, nothing = "") {
  paper.caret = null;
  if (beat) {
    model.current = beat;
    paper.show(beat.sample);
  } else if (nothing) say(nothing);
  draw();
}

function step(beats, by) {
  go(model.neighbour(beats, by), by > 0 ? "this is the last one" : "this is the first one");
}

// The beat nearest to a sample, within so many seconds; null if there is none.
function nearest(sample, within) {
  const near = model.within(sample - within * model.rate, sample + within * model.rate);
  const closer = (a, b) => (Math.abs(a.sample - sample) <= Math.abs(b.sample - sample) ? a : b);
  return near.length ? near.reduce(closer) : null;
}

function goToSample(sample) {
  const near = nearest(sample, 5);
  if (near) model.current = near;
  paper.centre = near ? near.sample : sample;
  paper.caret = null;
  draw();
}

// Steps

function queue(act) {
  waiting = waiting.then(() => ended || act()).catch((error) => {
    say(error.message, true);
    if (!(error instanceof Refused)) throw error;
  });
}

// Tell the server a step and show what it changed; null where the page had to be loaded again instead.
async function change(what, values) {
  const answer = await tell(what, values);
  if (answer.state.version > model.state.version + 1) {
    await load(); // another window has made steps meanwhile
    say("loaded again: there were changes from another window");
    return null;
  }
  const beats = model.take(answer);
  saveSoon();
  drawAll();
  return { beats, removed: answer.removed };
}

function spoken(beat) {
  const changed = beat.symbol === beat.was ? model.word(beat) : `${beat.was || "missed"} → ${beat.symbol === NO_BEAT ? "no beat" : beat.symbol}`;
  return `${clock(model.seconds(beat), 2)}: ${changed} (u undoes)`;
}

// After a beat of the list comes the next of it; one that was reached by other ways stays in sight.
function onward(wasListed) {
  if (!wasListed) return;
  const next = model.neighbour(model.list, 1);
  if (next) go(next);
  else say(`${element("said").textContent} – the end of the list`);
}

async function name(letter) {
  if (paper.caret !== null) {
    await add(letter);
    return;
  }
  const beat = model.current;
  if (!beat) return;
  const listed = model.listed.has(beat);
  const changed = await change("name", { number: beat.number, name: letter });
  if (!changed) return;
  const [now] = changed.beats;
  say(now ? spoken(now) : "the added beat is gone (u undoes)");
  if (now) onward(listed);
}

async function add(letter) {
  const sample = paper.caret;
  paper.caret = null;
  const changed = letter === NO_BEAT ? null : await change("add", { sample, name: letter });
  if (!changed) {
    go(null);
    return;
  }
  go(changed.beats[0]);
  say(spoken(changed.beats[0]));
}

async function confirm() {
  const beat = model.current;
  if (!beat || paper.caret !== null) return;
  const listed = model.listed.has(beat);
  if (!(await change("confirm", { numbers: [beat.number] }))) return;
  say(`${clock(model.seconds(beat), 2)}: ${model.word(beat)}, right as it is`);
  onward(listed);
}

async function confirmShown() {
  const { start, stop } = paper.view;
  const numbers = model.within(start, stop).filter((beat) => !beat.reviewed).map((beat) => beat.number);
  if (!(await change("confirm", { numbers }))) return;
  say(`${numbers.length} beat${numbers.length === 1 ? "" : "s"} on the paper are right as they are (u undoes)`);
}

async function undo() {
  const changed = await change("undo");
  if (!changed) return;
  if (changed.beats.length) go(changed.beats[0]);
  say(changed.beats.length || changed.removed.length ? "undone" : "there is nothing to undo");
}

async function offer(near) {
  paper.caret = (await ask("peak", { near })).sample;
  draw();
}

function insert() {
  const next = model.current && model.neighbour(model.beats, 1);
  return offer(Math.round(next ? (model.current.sample + next.sample) / 2 : paper.centre));
}

function nudge(by) {
  const far = paper.caret + by * Math.max(1, Math.round(model.rate / 100));
  paper.caret = Math.min(model.facts.samples - 1, Math.max(0, far));
  draw();
}

// Saving

function saveSoon() {
  saveTimer ??= setTimeout(() => queue(save), AUTOSAVE * (1 + model.beats.length / SHORT));
}

async function save(copy = false) {
  clearTimeout(saveTimer);
  saveTimer = null;
  if (!model.state.unsaved && !copy) return;
  try {
    const answer = await tell("save", { copy });
    model.state = answer.state;
    failed = false;
    showState();
    element("copy").hidden = true;
    const time = new Date().toLocaleTimeString("en-GB");
    say(`saved at ${time} in ${answer.state.place}, reviewed beats: ${answer.reviewed.toLocaleString("en")}`);
  } catch (error) {
    element("copy").hidden = error.status !== 409;
    failed = true;
    showState();
    throw error;
  }
}

async function finish() {
  const answer = await tell("done");
  ended = true;
  clearTimeout(saveTimer);
  model.state = answer.state;
  showState();
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  say(answer.reviewed
    ? `The review has ended and is saved in ${answer.state.place}. A report of it: ${answer.state.report}`
    : "The review has ended; no beat was reviewed. You can close this page.");
}

// Keys and clicks

const KEYS = {
  ArrowRight: () => (paper.caret === null ? step(model.beats, 1) : nudge(1)),
  ArrowLeft: () => (paper.caret === null ? step(model.beats, -1) : nudge(-1)),
  ArrowDown: () => step(model.list, 1),
  ArrowUp: () => step(model.list, -1),
  p: () => step(model.list, -1),
  Enter: confirm,
  a: confirmShown,
  i: insert,
  u: undo,
  Home: () => go(model.firstOpen()),
  PageDown: () => (paper.move(0.8), draw()),
  PageUp: () => (paper.move(-0.8), draw()),
  Delete: () => name(NO_BEAT),
  Escape: () => go(null),
  "?": () => element("help").showModal(),
  ...Object.fromEntries(NAMES.map(([key, letter]) => [key, () => name(letter)])),
};

function onKey(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ((event.ctrlKey || event.metaKey) && (key === "s" || key === "z")) {
    event.preventDefault();
    queue(key === "s" ? save : undo);
    return;
  }
  const busy = event.ctrlKey || event.metaKey || event.altKey || element("help").open || ended;
  const own = event.target.closest("select, button") && ["Enter", "ArrowUp", "ArrowDown", "Home"].includes(key);
  if (busy || own || !KEYS[key]) return;
  event.preventDefault();
  if (key === "?") KEYS[key]();
  else queue(KEYS[key]);
}

function onClick(event) {
  const sample = paper.sampleAt(event.offsetX);
  if (sample < 0 || sample >= model.facts.samples) return;
  const near = nearest(sample, NEAR);
  queue(() => (near ? go(near) : offer(sample)));
}

function listen() {
  document.addEventListener("keydown", onKey);
  for (const id of ["signal", "labels"]) element(id).addEventListener("click", onClick);
  element("overview").addEventListener("click", (event) => {
    const sample = overview.sampleAt(event.offsetX);
    queue(() => goToSample(sample));
  });
  element("save").addEventListener("click", () => queue(save));
  element("copy").addEventListener("click", () => queue(() => save(true)));
  element("done").addEventListener("click", () => queue(finish));
  element("ask").addEventListener("click", KEYS["?"]);
  for (const id of ["speed", "gain"]) {
    element(id).addEventListener("change", (event) => {
      paper[id] = Number(event.target.value);
      event.target.blur();
      draw();
    });
  }
  new ResizeObserver(() => {
    paper.draw();
    overview.redraw(paper.view);
  }).observe(document.body);
}

function makeButtons() {
  const buttons = [...NAMES, ["Enter", "", "right as it is"], ["a", "", "all shown right"], ["u", "", "undo"]].map(([key, letter, word]) => {
    const button = document.createElement("button");
    const shown = document.createElement("b");
    button.type = "button";
    shown.textContent = key === "Enter" ? "⏎" : key.toUpperCase();
    if (letter) shown.style.color = colour(model.facts.classes[letter] || "");
    button.append(shown, ` ${word}`);
    button.addEventListener("click", () => {
      button.blur();
      queue(KEYS[key]);
    });
    return button;
  });
  element("names").replaceChildren(...buttons);
}

// The beginning

async function load() {
  const facts = await ask("record");
  const before = model;
  model = new Model(facts);
  const signal = new Signal(model, () => requestAnimationFrame(() => paper.draw()), (error) => say(error.message, true));
  overview = new Overview(element("overview"), model);
  paper = new Paper(element("labels"), element("signal"), model, signal);
  if (before) model.filter = before.filter;
  else if (!facts.worth.length) model.filter.show = "all";
  model.refresh();
  choices = new Choices(model, () => {
    if (!model.listed.has(model.current)) go(model.firstOpen(), "no beats of this choice");
    drawAll();
  });
  const leads = `${facts.leads.length} lead${facts.leads.length === 1 ? "" : "s"}`;
  element("record").textContent = facts.name;
  element("about").textContent = `${leads}, ${facts.rate} Hz, ${clock(facts.samples / facts.rate)} · beats: ${facts.source}`;
  element("notice").textContent = facts.notice;
  makeButtons();
  model.current = model.firstOpen() || model.beats[0] || null;
  paper.centre = model.current ? model.current.sample : model.facts.samples / 2;
  drawAll();
  if (model.state.unsaved) saveSoon();
}

load().then(listen).catch((error) => say(error.message, true));
