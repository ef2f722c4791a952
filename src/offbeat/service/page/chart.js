// Panels over one time axis: drag to zoom in, turn the wheel, or use the keys + − ← →.

import { draw, mark } from "./dom.js";
import { roundNumbers, short } from "./numbers.js";
import { span, ticks } from "./times.js";

const RIGHT = 10;
const MARKS = 15; // px on top of all panels for the marks of events
const NAME = 17; // px on top of a panel for its name
const LABEL = 12; // px between labels of lines
const PEAKED = 6; // times the highest line from which on a scale is logarithmic far from 0
const AXIS = 22;
const GAP = 10;
const CLICK = 5; // px that a pointer may move in a click
const FARTHER = 4; // usual steps apart from which on a line is interrupted

const sorted = (values) => [...values].sort((a, b) => a - b);

function usualStep(times) {
  const steps = sorted(times.slice(1).map((time, at) => time - times[at]));
  return steps.length ? steps[Math.floor(steps.length / 2)] : Infinity;
}

// Stretches of a column without a gap, as pairs of indices.
function stretches(times, values) {
  const far = FARTHER * usualStep(times);
  const found = [];
  for (let at = 0; at < times.length; at += 1) {
    if (values[at] === null) continue;
    const last = found.at(-1);
    if (last && last[1] === at - 1 && times[at] - times[at - 1] <= far) last[1] = at;
    else found.push([at, at]);
  }
  return found;
}

// Where values stand in a panel. Peaks far above all lines would press the rest flat: they go up by their digits.
function scaleOf(least, most, limits, top, bottom) {
  const highest = Math.max(...limits.map(Math.abs));
  const isLogarithmic = limits.length > 0 && highest > 0 && Math.max(most, -least) > PEAKED * highest;
  const bent = isLogarithmic ? (value) => Math.asinh((2 * value) / highest) : (value) => value;
  const pad = (most - least || Math.abs(most) || 1) * 0.06;
  const [from, to] = isLogarithmic ? [bent(least) - 0.1, bent(most) + 0.1] : [least - pad, most + pad];
  const y = (value) => bottom - ((bent(value) - from) / (to - from)) * (bottom - top);
  if (!isLogarithmic) return { y, isLogarithmic, ticks: roundNumbers(from, to, (bottom - top) / 24) };
  const ticks = [];
  for (let power = Math.ceil(Math.log10(highest)); 10 ** power <= most; power += 1) ticks.push(10 ** power);
  return { y, isLogarithmic, ticks: [...(least <= 0 || !ticks.length ? [0] : []), ...ticks].filter((value) => bent(value) >= from) };
}

export class Chart {
  constructor(holder, { height = 90, onRange = null, onHover = null, onClick = null, label }) {
    this.holder = holder;
    this.height = height;
    this.said = { onRange, onHover, onClick };
    this.content = null;
    this.svg = draw("svg", { class: "chart", role: "group", "aria-label": label, tabindex: onRange ? "0" : null });
    holder.replaceChildren(this.svg);
    new ResizeObserver(() => this.redraw()).observe(holder);
    if (onRange) this.listen();
    if (onHover) {
      this.svg.addEventListener("pointermove", (event) => onHover(this.timeAt(event)));
      this.svg.addEventListener("pointerleave", () => onHover(null));
    }
  }

  show(content) {
    this.content = content;
    this.redraw();
  }

  redraw() {
    const width = this.holder.clientWidth;
    if (!this.content || !width) return;
    const { start, stop, panels, events = null } = this.content;
    const head = events ? MARKS : 0;
    this.width = width;
    this.left = width < 500 ? 44 : 64;
    this.range = [start, Math.max(stop, start + 1)];
    const heights = panels.map((panel) => panel.height || this.height);
    const height = heights.reduce((sum, each) => sum + each + GAP, head) + AXIS;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", height);
    const parts = [this.clip(height - AXIS), ...this.shades(events || [], height - AXIS)];
    let top = head;
    panels.forEach((panel, number) => {
      parts.push(panel.rows ? this.rows(panel, top) : this.panel(panel, top, heights[number]));
      top += heights[number] + GAP;
    });
    parts.push(this.axis(height));
    this.svg.replaceChildren(...parts);
  }

  x(time) {
    const [start, stop] = this.range;
    return this.left + ((time - start) / (stop - start)) * (this.width - this.left - RIGHT);
  }

  timeAt(event) {
    const at = event.clientX - this.svg.getBoundingClientRect().left;
    const [start, stop] = this.range;
    const share = (at - this.left) / (this.width - this.left - RIGHT);
    return start + Math.min(1, Math.max(0, share)) * (stop - start);
  }

  clip(height) {
    this.name = `plot-${this.holder.id}`;
    const inside = { x: this.left, y: -1, width: Math.max(1, this.width - this.left - RIGHT), height: height + 2 };
    return draw("defs", {}, draw("clipPath", { id: this.name }, draw("rect", inside)));
  }

  // Events as shaded time with the mark of their tier on top.
  shades(events, height) {
    return events.filter(({ start, stop }) => stop >= this.range[0] && start <= this.range[1]).map((event) => {
      const from = Math.max(this.left, this.x(event.start));
      const to = Math.min(this.width - RIGHT, this.x(event.stop));
      const sign = mark(event.severity);
      const middle = Math.min(this.width - RIGHT - 12, Math.max(this.left, (from + to) / 2 - 6));
      for (const [name, value] of Object.entries({ x: middle, y: 0, width: 12, height: 12 })) sign.setAttribute(name, value);
      return draw(
        "g",
        { class: `shade ${event.severity}${event.verdict ? " said" : ""}` },
        draw("title", {}, `${event.severity}, ${span(event.start, event.stop)}${event.verdict ? `, said to be ${event.verdict}` : ""}`),
        draw("rect", { x: from, y: 0, width: Math.max(2, to - from), height: height - GAP }),
        sign,
      );
    });
  }

  panel(panel, top, height) {
    const low = panel.low || panel.mean;
    const high = panel.high || panel.mean;
    const limits = (panel.lines || []).map(({ value }) => value);
    const known = [...low, ...high].filter((value) => value !== null);
    let [least, most] = [Math.min(...known, ...limits), Math.max(...known, ...limits)];
    if (!known.length && !limits.length) [least, most] = [0, 1];
    const scale = scaleOf(least, most, limits, top + NAME, top + height);
    const y = scale.y;
    const parts = scale.ticks.flatMap((value) => [
      draw("path", { class: "grid", d: `M${this.left} ${y(value).toFixed(1)}H${this.width - RIGHT}` }),
      draw("text", { class: "tick", x: this.left - 6, y: y(value) + 4, "text-anchor": "end" }, short(value, 3)),
    ]);
    const plot = { "clip-path": `url(#${this.name})` };
    parts.push(draw("g", plot, ...this.columns(panel, low, high, y)));
    const lines = [...(panel.lines || [])].sort((a, b) => a.value - b.value);
    for (const { value, kind } of lines) {
      parts.push(draw("path", { class: `limit ${kind}`, d: `M${this.left} ${y(value).toFixed(1)}H${this.width - RIGHT}` }));
    }
    let lowest = Infinity;
    for (const { value, label, kind } of lines.filter((each) => each.label)) {
      lowest = Math.min(y(value) - 3, lowest - LABEL);
      parts.push(draw("text", { class: `name ${kind}`, x: this.width - RIGHT - 4, y: lowest, "text-anchor": "end" }, label));
    }
    const name = scale.isLogarithmic ? `${panel.name}, logarithmic far from 0` : panel.name;
    parts.push(draw("text", { class: "name", x: this.left + 6, y: top + 12 }, name));
    return draw("g", { class: panel.kind || "" }, ...parts);
  }

  columns({ times, mean }, low, high, y) {
    const at = (index, value) => `${this.x(times[index]).toFixed(1)} ${y(value).toFixed(1)}`;
    const parts = [];
    for (const [from, to] of stretches(times, mean)) {
      const indices = Array.from({ length: to - from + 1 }, (_, step) => from + step);
      const upper = indices.map((index) => at(index, high[index] ?? mean[index]));
      if (low !== high) {
        const lower = indices.map((index) => at(index, low[index] ?? mean[index])).reverse();
        parts.push(draw("path", { class: "spread", d: `M${upper.join("L")}L${lower.join("L")}Z` }));
      }
      const line = indices.map((index) => at(index, mean[index])).join("L");
      parts.push(draw("path", { class: "line", d: from === to ? `M${line}h0.5` : `M${line}` }));
    }
    return parts;
  }

  // Rows of events, one row a threshold.
  rows(panel, top) {
    const each = panel.height / panel.rows.length;
    const parts = panel.rows.flatMap((row, number) => {
      const middle = top + (number + 0.5) * each;
      const marks = row.events.map(({ start, stop, severity }) =>
        draw("rect", {
          class: `raised ${severity}`,
          x: this.x(start),
          width: Math.max(2.5, this.x(stop) - this.x(start)),
          y: middle - each * (severity === "alarm" ? 0.38 : 0.22),
          height: each * (severity === "alarm" ? 0.76 : 0.44),
        }),
      );
      return [
        draw("path", { class: "grid", d: `M${this.left} ${middle}H${this.width - RIGHT}` }),
        draw("text", { class: "tick", x: this.left - 6, y: middle + 4, "text-anchor": "end" }, row.name),
        ...marks,
      ];
    });
    return draw("g", {}, ...parts);
  }

  axis(height) {
    const found = ticks(...this.range, Math.max(2, Math.floor((this.width - this.left) / 80)));
    const parts = found.flatMap(({ at, text }) => [
      draw("path", { class: "grid", d: `M${this.x(at).toFixed(1)} 0V${height - AXIS}` }),
      draw("text", { class: "tick", x: Math.min(this.width - 22, Math.max(this.left, this.x(at))), y: height - 6, "text-anchor": "middle" }, text),
    ]);
    return draw("g", { class: "axis" }, ...parts);
  }

  // Zooming

  listen() {
    let begun = null;
    const chosen = draw("rect", { class: "chosen", y: 0 });
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button || !this.content) return;
      begun = { x: event.clientX, time: this.timeAt(event) };
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!begun) return;
      const [from, to] = sorted([this.x(begun.time), this.x(this.timeAt(event))]);
      for (const [name, value] of Object.entries({ x: from, width: to - from, height: this.svg.clientHeight })) chosen.setAttribute(name, value);
      if (!chosen.isConnected) this.svg.append(chosen);
    });
    this.svg.addEventListener("pointerup", (event) => {
      if (!begun) return;
      const [from, to] = sorted([begun.time, this.timeAt(event)]);
      const moved = Math.abs(event.clientX - begun.x);
      begun = null;
      chosen.remove();
      if (moved > CLICK) this.said.onRange(from, to);
      else this.said.onClick?.(from);
    });
    this.svg.addEventListener("pointercancel", () => {
      begun = null;
      chosen.remove();
    });
    this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  wheel(event) {
    if (!this.content || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.timeAt(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.content) return;
    const [start, stop] = this.range;
    const far = (stop - start) / 4;
    const acts = {
      "+": () => this.zoom(0.5, (start + stop) / 2),
      "-": () => this.zoom(2, (start + stop) / 2),
      ArrowLeft: () => this.said.onRange(start - far, stop - far),
      ArrowRight: () => this.said.onRange(start + far, stop + far),
    };
    const act = acts[event.key === "=" ? "+" : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  zoom(factor, about) {
    const [start, stop] = this.range;
    this.said.onRange(about - (about - start) * factor, about + (stop - about) * factor);
  }
}
