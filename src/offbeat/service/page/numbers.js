// Numbers as a person reads them.

export function short(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return value.toExponential(digits - 2);
  return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 8 });
}

export const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

// Round numbers from low to high, at least two where there is room.
export function roundNumbers(low, high, n) {
  const rough = (high - low) / Math.max(1, n);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [10, 5, 2, 1].map((each) => each * power);
  const few = (step) => Math.floor(high / step) - Math.ceil(low / step) + 1;
  const step = steps.find((each) => few(each) >= 2 && few(each) <= n + 1) || steps.at(-1);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k += 1) found.push(k * step);
  return found;
}
