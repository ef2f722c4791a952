// A small picture of the newest points: values above, the score and its threshold below, flagged times shaded.

import { draw } from "./dom.js";

const WIDTH = 120;
const VALUES = 34;
const HEIGHT = 52;
const PAD = 2;

// Runs of one tier above normal, as [from, to, tier]; a watch is half as high as an alarm.
function runs(tiers) {
  const found = [];
  for (let at = 0; at < tiers.length; at += 1) {
    const tier = Number(tiers[at]);
    const last = found.at(-1);
    if (tier && last && last[1] === at && last[2] === tier) last[1] = at + 1;
    else if (tier) found.push([at, at + 1, tier]);
  }
  return found;
}

function line(values, low, high, top, height) {
  const scale = high > low ? (height - 2 * PAD) / (high - low) : 0;
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = "";
  let open = false;
  values.forEach((value, at) => {
    if (value === null) {
      open = false;
      return;
    }
    const y = scale ? top + height - PAD - (value - low) * scale : top + height / 2;
    path += `${open ? "L" : "M"}${(at * step).toFixed(1)} ${y.toFixed(1)}`;
    if (!open && values[at + 1] == null) path += "h0.1";
    open = true;
  });
  return path;
}

const finite = (values) => values.filter((value) => value !== null);

export function spark(tile) {
  const n = Math.max(1, tile.tiers.length);
  const parts = runs(tile.tiers).map(([from, to, tier]) =>
    draw("rect", {
      class: tier === 2 ? "band alarm" : "band watch",
      x: (from * WIDTH) / n,
      width: Math.max(1.5, ((to - from) * WIDTH) / n),
      y: tier === 2 ? 0 : HEIGHT / 2,
      height: tier === 2 ? HEIGHT : HEIGHT / 2,
    }),
  );
  tile.values.forEach((values, channel) => {
    const known = finite(values);
    const path = line(values, Math.min(...known), Math.max(...known), 0, VALUES);
    parts.push(draw("path", { class: `value c${channel}`, d: path }));
  });
  const top = Math.max(tile.threshold ?? 0, ...finite(tile.score)) || 1;
  const low = Math.min(0, ...finite(tile.score));
  parts.push(draw("path", { class: "score", d: line(tile.score, low, top, VALUES, HEIGHT - VALUES) }));
  if (tile.threshold !== null) {
    parts.push(draw("path", { class: "limit", d: line([tile.threshold, tile.threshold], low, top, VALUES, HEIGHT - VALUES) }));
  }
  return draw(
    "svg",
    { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    ...parts,
  );
}
