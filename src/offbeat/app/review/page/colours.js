// How each class looks, as in the reports.

import { NO_BEAT } from "./model.js";

const CLASSES = { N: "#1d4e89", S: "#a86a10", V: "#c4512d", F: "#16213a", Q: "#5d7f91", "": "#8b93a3" };
export const DOTS = { ...CLASSES, N: "#6c93c4", S: "#e09f3e", Q: "#7fb3c9" };
export const ORDER = ["N", "Q", "F", "S", "V"]; // the last is drawn on top

export const RHYTHMS = {
  AFIB: "#8e5bb0",
  AFL: "#8e5bb0",
  P: "#7fb3c9",
  B: "#e6b98a",
  T: "#efd3a7",
  SVTA: "#e09f3e",
  IVR: "#d98066",
  VT: "#c4512d",
  SBR: "#a9c2a0",
  STACH: "#c9d8a0",
};
export const OTHER_RHYTHM = "#b9bfca";

export const colour = (name) => CLASSES[name] || CLASSES[""];

export const sign = (beat) => (beat.symbol === NO_BEAT ? "×" : beat.symbol);

// Make a canvas as fine as the screen; return its context, in CSS pixels, and its size.
export function prepared(canvas, width, height) {
  const fine = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * fine)) canvas.width = Math.round(width * fine);
  if (canvas.height !== Math.round(height * fine)) canvas.height = Math.round(height * fine);
  const pen = canvas.getContext("2d");
  pen.setTransform(fine, 0, 0, fine, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}
