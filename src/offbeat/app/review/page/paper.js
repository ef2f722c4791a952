// ECG paper at true scale, with the leads, the beats above them, and the intervals between.

import { colour, prepared, sign } from "./colours.js";
import { clock, NO_BEAT } from "./model.js";

const MM = 96 / 25.4; // CSS pixels
const GUTTER = 80; // px on the left for names and the mark of 1 mV
const LABELS = 44;
const RULER = 18;
const [FAINT, STRONG, TRACE] = ["#f9e6e0", "#ecc4b8", "#16213a"];
const LOWEST = 18; // mm of a lead
const HIGHEST = 60;
const HALF_BEAT = 0.3; // seconds to both sides of the current beat that are highlighted

export class Paper {
  constructor(labels, canvas, model, signal) {
    Object.assign(this, { labels, canvas, model, signal, speed: 25, gain: 10, middle: 0, caret: null });
  }

  get width() {
    return this.canvas.clientWidth;
  }

  get perSecond() {
    return this.speed * MM;
  }

  get half() {
    return ((this.width - GUTTER) / 2 / this.perSecond) * this.model.rate;
  }

  // The sample in the middle; the paper ends where the record does.
  get centre() {
    return Math.max(this.half, Math.min(this.middle, this.model.facts.samples - this.half));
  }

  set centre(sample) {
    this.middle = sample;
  }

  get view() {
    return { start: this.centre - this.half, stop: this.centre + this.half };
  }

  x(sample) {
    return GUTTER + ((sample - this.view.start) / this.model.rate) * this.perSecond;
  }

  sampleAt(x) {
    return Math.round(this.view.start + ((x - GUTTER) / this.perSecond) * this.model.rate);
  }

  // Show a beat: the paper stays where it is, if that is not at its edges.
  show(sample) {
    const share = (this.x(sample) - GUTTER) / (this.width - GUTTER);
    if (share < 0.15 || share > 0.85) this.centre = sample;
  }

  move(share) {
    this.centre += share * 2 * this.half;
  }

  get rowHeight() {
    const room = this.canvas.parentElement.clientHeight - RULER;
    const mm = Math.floor(room / MM / this.model.facts.leads.length);
    return Math.min(HIGHEST, Math.max(LOWEST, mm)) * MM;
  }

  draw() {
    const rows = this.model.facts.leads.length;
    const height = Math.max(Math.floor(rows * this.rowHeight + RULER), this.canvas.parentElement.clientHeight - 1);
    this.canvas.style.height = `${height}px`;
    const pen = prepared(this.canvas, this.width, height);
    const { start, stop } = this.view;
    this.drawGrid(pen, height);
    this.drawSpans(pen, height);
    const points = Math.min(20000, Math.ceil(10 * this.perSecond * 2 * (window.devicePixelRatio || 1)));
    const pieces = this.signal.within(start, stop, points);
    for (let row = 0; row < rows; row += 1) this.drawLead(pen, row, pieces);
    this.drawRuler(pen, height);
    this.drawBeats();
  }

  drawGrid(pen, height) {
    const origin = GUTTER - ((this.view.start / this.model.rate) * this.perSecond); // where the record begins
    for (const [box, shade] of [[MM, FAINT], [5 * MM, STRONG]]) {
      pen.beginPath();
      const first = Math.ceil((GUTTER - origin) / box);
      for (let i = first; origin + i * box < this.width; i += 1) {
        const x = Math.round(origin + i * box) + 0.5;
        pen.moveTo(x, 0);
        pen.lineTo(x, height - RULER);
      }
      for (let i = 0; i * box < height - RULER; i += 1) {
        const y = Math.round(i * box) + 0.5;
        pen.moveTo(GUTTER, y);
        pen.lineTo(this.width, y);
      }
      pen.strokeStyle = shade;
      pen.lineWidth = 1;
      pen.stroke();
    }
  }

  drawSpans(pen, height) {
    const { start, stop } = this.view;
    const low = height - RULER;
    pen.fillStyle = "rgb(139 147 163 / 22%)";
    this.fill(pen, this.model.facts.samples, stop, low);
    for (const [from, to, why] of this.model.facts.unreadable) {
      if (to < start || from > stop) continue;
      this.fill(pen, from, to, low);
      pen.font = "12px system-ui, sans-serif";
      pen.textAlign = "left";
      pen.save();
      pen.fillStyle = "#4a5264";
      pen.fillText(`unreadable: ${why}`, Math.max(GUTTER, this.x(from)) + 4, low - 6);
      pen.restore();
    }
    const { current } = this.model;
    if (current) {
      const half = HALF_BEAT * this.model.rate;
      pen.fillStyle = "rgb(29 78 137 / 10%)";
      this.fill(pen, current.sample - half, current.sample + half, low);
    }
    if (this.caret !== null) {
      pen.strokeStyle = "#0b7a4b";
      pen.setLineDash([5, 4]);
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(this.x(this.caret), 0);
      pen.lineTo(this.x(this.caret), low);
      pen.stroke();
      pen.setLineDash([]);
    }
  }

  fill(pen, from, to, low) {
    const left = Math.max(GUTTER, this.x(from));
    const right = Math.min(this.width, this.x(to));
    if (right > left) pen.fillRect(left, 0, right - left, low);
  }

  drawLead(pen, row, pieces) {
    const { start, stop } = this.view;
    const lines = pieces.map((piece) => this.visible(piece, row, start, stop));
    const known = lines.flat().filter(([, value]) => value !== null).map(([, value]) => value).sort((a, b) => a - b);
    const base = known.length ? known[known.length >> 1] : 0;
    const middle = (row + 0.6) * this.rowHeight;
    const perThousand = (this.gain * MM) / 1000;
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER, 0, this.width, pen.canvas.height);
    pen.clip();
    pen.beginPath();
    for (const line of lines) {
      let drawing = false;
      for (const [sample, value] of line) {
        if (value === null) {
          drawing = false;
          continue;
        }
        const y = middle - (value - base) * perThousand;
        if (drawing) pen.lineTo(this.x(sample), y);
        else pen.moveTo(this.x(sample), y);
        drawing = true;
      }
    }
    pen.strokeStyle = TRACE;
    pen.lineWidth = 1.2;
    pen.lineJoin = "round";
    pen.stroke();
    pen.restore();
    this.drawMark(pen, row, middle);
  }

  visible(piece, row, start, stop) {
    const { at, values } = piece.leads[row];
    const margin = this.model.rate / 4;
    const points = [];
    for (let i = 0; i < at.length; i += 1) {
      const sample = piece.start + at[i];
      if (sample > start - margin && sample < stop + margin) points.push([sample, values[i]]);
    }
    return points;
  }

  // The name of the lead, and 1 mV for 0.2 s.
  drawMark(pen, row, middle) {
    const top = middle - this.gain * MM;
    const right = GUTTER - 4;
    const left = right - 0.2 * this.perSecond;
    pen.fillStyle = "#16213a";
    pen.textAlign = "left";
    pen.font = "600 13px system-ui, sans-serif";
    pen.fillText(this.model.facts.leads[row].slice(0, 7), 4, middle + 4, left - 8);
    pen.font = "11px system-ui, sans-serif";
    pen.fillText(`1 ${this.model.facts.units[row]}`, 4, middle + 19);
    pen.beginPath();
    pen.moveTo(left - 4, middle);
    pen.lineTo(left, middle);
    pen.lineTo(left, top);
    pen.lineTo(right, top);
    pen.lineTo(right, middle);
    pen.lineTo(right + 4, middle);
    pen.strokeStyle = "#16213a";
    pen.lineWidth = 1.2;
    pen.stroke();
  }

  drawRuler(pen, height) {
    const { rate } = this.model;
    pen.fillStyle = "#4a5264";
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "center";
    const first = Math.max(0, Math.ceil(this.view.start / rate));
    const every = this.perSecond < 60 ? 2 : 1;
    for (let at = first; at * rate < Math.min(this.view.stop, this.model.facts.samples); at += 1) {
      const x = this.x(at * rate);
      if (at % every === 0 && x > GUTTER + 20 && x < this.width - 24) pen.fillText(clock(at), x, height - 5);
    }
    pen.textAlign = "left";
    pen.fillText(`${this.speed} mm/s`, 4, height - 5);
  }

  // The beats in a row above the leads, with the intervals between them in milliseconds.
  drawBeats() {
    const pen = prepared(this.labels, this.width, LABELS);
    const margin = 2 * this.model.rate;
    const shown = this.model.within(this.view.start - margin, this.view.stop + margin);
    let before = null;
    pen.textAlign = "center";
    for (const beat of shown) {
      this.drawBeat(pen, beat);
      if (beat.symbol === NO_BEAT) continue;
      if (before) this.drawInterval(pen, before, beat);
      before = beat;
    }
    pen.clearRect(0, 0, GUTTER, LABELS);
    pen.textAlign = "left";
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = "#4a5264";
    pen.fillText("RR (ms)", 4, 38);
  }

  drawBeat(pen, beat) {
    const x = this.x(beat.sample);
    const own = colour(this.model.classOf(beat));
    const current = beat === this.model.current;
    if (current) {
      pen.fillStyle = own;
      pen.fillRect(x - 11, 2, 22, 21);
    }
    pen.fillStyle = current ? "#ffffff" : own;
    pen.font = "700 15px system-ui, sans-serif";
    pen.fillText(sign(beat), x, 18);
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = own;
    if (beat.doubtful && !beat.reviewed) pen.fillText("?", x + (current ? 16 : 11), 12);
    if (beat.reviewed) pen.fillText("✓", x + (current ? 17 : 12), 13);
    pen.fillRect(x - 0.5, 39, 1, 5);
  }

  drawInterval(pen, before, beat) {
    const wide = this.x(beat.sample) - this.x(before.sample);
    if (wide < 26) return;
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = "#4a5264";
    const ms = Math.round(((beat.sample - before.sample) / this.model.rate) * 1000);
    pen.fillText(String(ms), (this.x(before.sample) + this.x(beat.sample)) / 2, 38);
  }
}
