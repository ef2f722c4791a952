// The whole record in one strip: the interval before each beat by its class, rhythms, unreadable time, and where we are.

import { DOTS, ORDER, OTHER_RHYTHM, prepared, RHYTHMS } from "./colours.js";
import { clock, NO_BEAT } from "./model.js";

const HEIGHT = 104;
const TOP = 12; // px for the marks of the list
const BOTTOM = 26; // px for rhythms and times
const LEFT = 44;
const SHORTEST = 0.2; // seconds, on a scale of ratios
const LONGEST = 2.0;
const MOST_MARKS = 400;
const FEW = 500; // beats that leave each other room
const LABEL = 56; // px that a time takes
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600];

export class Overview {
  constructor(canvas, model) {
    this.canvas = canvas;
    this.model = model;
    this.still = document.createElement("canvas"); // all but the place where we are
    canvas.onmousemove = (event) => {
      canvas.title = this.describe(this.sampleAt(event.offsetX));
    };
  }

  get width() {
    return this.canvas.clientWidth;
  }

  x(sample) {
    return LEFT + (sample / Math.max(1, this.model.facts.samples)) * (this.width - LEFT - 4);
  }

  sampleAt(x) {
    const share = (x - LEFT) / (this.width - LEFT - 4);
    return Math.round(Math.min(1, Math.max(0, share)) * (this.model.facts.samples - 1));
  }

  y(seconds) {
    const share = Math.log(Math.min(LONGEST, Math.max(SHORTEST, seconds)) / SHORTEST) / Math.log(LONGEST / SHORTEST);
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
  }

  describe(sample) {
    const episode = this.model.facts.rhythms.find(([start, stop]) => sample >= start && sample < stop);
    const lost = this.model.facts.unreadable.find(([start, stop]) => sample >= start && sample < stop);
    const parts = [clock(sample / this.model.rate), episode && episode[3], lost && `unreadable: ${lost[2]}`];
    return parts.filter(Boolean).join(", ");
  }

  redraw(view) {
    const pen = prepared(this.still, this.width, HEIGHT);
    this.drawAxes(pen);
    this.drawSpans(pen);
    this.drawIntervals(pen);
    this.drawList(pen);
    this.move(view);
  }

  // Draw where we are over what stays still.
  move(view) {
    const pen = prepared(this.canvas, this.width, HEIGHT);
    pen.drawImage(this.still, 0, 0, this.width, HEIGHT);
    const from = this.x(view.start);
    const wide = Math.max(2, this.x(view.stop) - from);
    pen.fillStyle = "rgb(29 78 137 / 18%)";
    pen.fillRect(from, 0, wide, HEIGHT - 14);
    if (this.model.current) {
      pen.fillStyle = "#16213a";
      pen.fillRect(Math.round(this.x(this.model.current.sample)) - 0.5, 0, 1.5, HEIGHT - 14);
    }
  }

  drawAxes(pen) {
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = "#4a5264";
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const seconds of [0.25, 0.5, 1, 2]) {
      pen.fillText(`${seconds} s`, LEFT - 6, this.y(seconds) + 1);
      pen.fillRect(LEFT, Math.round(this.y(seconds)), this.width, seconds === 1 ? 0.5 : 0.25);
    }
    pen.textBaseline = "alphabetic";
    const whole = this.model.facts.samples / this.model.rate;
    const most = Math.min(12, Math.floor((this.width - LEFT) / LABEL));
    const step = STEPS.find((seconds) => whole / seconds <= most) || 43200;
    for (let at = 0; at <= whole; at += step) {
      const x = this.x(at * this.model.rate);
      pen.textAlign = at === 0 ? "left" : x > this.width - 30 ? "right" : "center";
      pen.fillText(clock(at), x, HEIGHT - 3);
    }
  }

  drawSpans(pen) {
    pen.fillStyle = "#dfe2e8";
    for (const [start, stop] of this.model.facts.unreadable) {
      pen.fillRect(this.x(start), TOP, Math.max(1, this.x(stop) - this.x(start)), HEIGHT - BOTTOM - TOP);
    }
    for (const [start, stop, code] of this.model.facts.rhythms) {
      if (code === "N") continue;
      pen.fillStyle = RHYTHMS[code] || OTHER_RHYTHM;
      pen.fillRect(this.x(start), HEIGHT - BOTTOM + 2, Math.max(1, this.x(stop) - this.x(start)), 8);
    }
  }

  drawIntervals(pen) {
    const dots = Object.fromEntries(ORDER.map((name) => [name, []]));
    let before = null;
    for (const beat of this.model.beats) {
      if (beat.symbol === NO_BEAT) continue;
      if (before) dots[this.model.classOf(beat)]?.push([beat.sample, (beat.sample - before.sample) / this.model.rate]);
      before = beat;
    }
    for (const name of ORDER) {
      pen.fillStyle = DOTS[name];
      const size = (name === "N" ? 1.5 : 2.5) + (this.model.beats.length < FEW ? 2 : 0);
      for (const [sample, seconds] of dots[name]) {
        pen.fillRect(this.x(sample) - size / 2, this.y(seconds) - size / 2, size, size);
      }
    }
  }

  drawList(pen) {
    if (this.model.list.length > MOST_MARKS) return;
    for (const beat of this.model.list) {
      pen.fillStyle = beat.reviewed ? "#b9bfca" : "#16213a";
      pen.beginPath();
      const x = this.x(beat.sample);
      pen.moveTo(x - 3.5, 2);
      pen.lineTo(x + 3.5, 2);
      pen.lineTo(x, 9);
      pen.fill();
    }
  }
}
