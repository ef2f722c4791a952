// The beats as the server knows them, and the list that is stepped through.

export const NO_BEAT = "|";

export function clock(seconds, decimals = 0) {
  const whole = Math.floor(seconds * 10 ** decimals + (decimals ? 0.5 : 0));
  const unit = 10 ** decimals;
  const all = Math.floor(whole / unit);
  const two = (n) => String(n).padStart(2, "0");
  const text = `${Math.floor(all / 3600)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
  return decimals ? `${text}.${String(whole % unit).padStart(decimals, "0")}` : text;
}

// The position of the first beat at or after a sample, among beats in order of time.
export function place(beats, sample) {
  let low = 0;
  let high = beats.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (beats[middle].sample < sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rows(columns) {
  const names = Object.keys(columns);
  return columns.number.map((_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])));
}

export class Model {
  constructor(facts) {
    this.facts = facts;
    this.rate = facts.rate;
    this.state = facts.state;
    this.reasons = new Map(facts.worth);
    this.beats = rows(facts.beats).sort((a, b) => a.sample - b.sample);
    this.byNumber = new Map(this.beats.map((beat) => [beat.number, beat]));
    this.filter = { show: "worth", class: "", rhythm: "" };
    this.current = null;
    this.refresh();
  }

  seconds(beat) {
    return beat.sample / this.rate;
  }

  classOf(beat) {
    return this.facts.classes[beat.symbol] || "";
  }

  word(beat) {
    if (beat.symbol === NO_BEAT) return "no beat";
    if (beat.symbol === "/") return "paced";
    if (beat.symbol === "Q") return "unclassifiable";
    return this.facts.words[this.classOf(beat)] || beat.symbol;
  }

  isCorrected(beat) {
    return beat.reviewed && beat.symbol !== beat.was;
  }

  // Take what a step changed; return the beats, as they are now.
  take(change) {
    for (const number of change.removed) this.byNumber.delete(number);
    const changed = rows(change.beats);
    const many = this.byNumber.size + change.removed.length;
    for (const beat of changed) {
      const known = this.byNumber.get(beat.number);
      if (known) Object.assign(known, beat);
      else this.byNumber.set(beat.number, beat);
    }
    if (change.removed.length || this.byNumber.size !== many) {
      this.beats = [...this.byNumber.values()].sort((a, b) => a.sample - b.sample);
      if (this.current && !this.byNumber.has(this.current.number)) {
        this.current = this.beats[Math.min(place(this.beats, this.current.sample), this.beats.length - 1)] || null;
      }
    }
    this.state = change.state;
    this.refresh();
    return changed.map((beat) => this.byNumber.get(beat.number));
  }

  shows(name) {
    return {
      worth: (beat) => this.reasons.has(beat.number),
      doubtful: (beat) => beat.doubtful,
      open: (beat) => !beat.reviewed,
      corrected: (beat) => this.isCorrected(beat),
      all: () => true,
    }[name];
  }

  // Whether a beat lies in the rhythm that is asked for: a code, or the number of one episode after a #.
  inRhythm() {
    const wanted = this.filter.rhythm;
    const episodes = this.facts.rhythms;
    if (!wanted) return () => true;
    if (wanted[0] === "#") {
      const [start, stop] = episodes[Number(wanted.slice(1))];
      return (beat) => beat.sample >= start && beat.sample < stop;
    }
    const own = episodes.filter((episode) => episode[2] === wanted);
    return (beat) => own.some(([start, stop]) => beat.sample >= start && beat.sample < stop);
  }

  refresh() {
    const shown = this.shows(this.filter.show);
    const inRhythm = this.inRhythm();
    const name = this.filter.class;
    const ofClass = (beat) => !name || (name === NO_BEAT ? beat.symbol === NO_BEAT : this.classOf(beat) === name);
    this.list = this.beats.filter((beat) => shown(beat) && ofClass(beat) && inRhythm(beat));
    this.listed = new Set(this.list);
    this.looked = this.list.reduce((sum, beat) => sum + beat.reviewed, 0);
  }

  count(test) {
    return this.beats.reduce((sum, beat) => sum + Boolean(test(beat)), 0);
  }

  // The neighbour of the current beat in the list or among all beats; null at the ends.
  neighbour(beats, step) {
    if (!beats.length) return null;
    if (!this.current) return beats[0];
    const at = place(beats, this.current.sample);
    let next = beats[at] === this.current ? at + step : at + (step > 0 ? 0 : -1);
    while (beats[next] && beats[next] === this.current) next += step;
    return beats[next] || null;
  }

  firstOpen() {
    return this.list.find((beat) => !beat.reviewed) || this.list[0] || null;
  }

  within(start, stop) {
    return this.beats.slice(place(this.beats, start), place(this.beats, stop));
  }

  // Seconds from the beat before to this one, false detections left out; null at the ends.
  interval(beat, step) {
    const at = this.beats.indexOf(beat, place(this.beats, beat.sample));
    for (let i = at + step; this.beats[i]; i += step) {
      if (this.beats[i].symbol !== NO_BEAT) return Math.abs(beat.sample - this.beats[i].sample) / this.rate;
    }
    return null;
  }
}
