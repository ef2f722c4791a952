// Pieces of the signal, fetched when they are first looked at and kept for a while.

import { ask } from "./server.js";

const SECONDS = 10; // of a piece
const KEPT = 90; // pieces

export class Signal {
  constructor(model, arrived, failed) {
    this.length = Math.round(SECONDS * model.rate);
    this.samples = model.facts.samples;
    this.pieces = new Map();
    this.arrived = arrived;
    this.failed = failed;
  }

  // The pieces of a stretch that are here already; the others are fetched, and the page told when they have arrived.
  within(start, stop, points) {
    const found = [];
    for (let at = Math.max(0, Math.floor(start / this.length)); at * this.length < Math.min(stop, this.samples); at += 1) {
      const piece = this.piece(at, points);
      if (piece) found.push(piece);
    }
    return found;
  }

  piece(at, points) {
    const key = `${at}/${points}`;
    if (!this.pieces.has(key)) {
      this.pieces.set(key, null);
      this.fetch(key, at, points);
      if (this.pieces.size > KEPT) this.pieces.delete(this.pieces.keys().next().value);
    }
    return this.pieces.get(key);
  }

  async fetch(key, at, points) {
    try {
      // One sample more than the piece, so that its line meets the next one.
      const stop = Math.min((at + 1) * this.length + 1, this.samples);
      this.pieces.set(key, await ask("signal", { start: at * this.length, stop, points }));
      this.arrived();
    } catch (error) {
      this.pieces.delete(key);
      this.failed(error);
    }
  }
}
