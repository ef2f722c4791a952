// What the page asks of its server. Addresses are relative: the token in the page's own address comes with them.

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const GONE = "The review has ended, or its server cannot be reached: nothing more is saved. Run offbeat review again.";

async function answer(address, how) {
  let response;
  try {
    response = await fetch(address, how);
  } catch {
    throw new Refused(GONE, 0);
  }
  const text = await response.text();
  let said = null;
  try {
    said = JSON.parse(text);
  } catch {
    throw new Refused(text || `the server answered ${response.status}`, response.status);
  }
  if (!response.ok) throw new Refused(said.error || `the server answered ${response.status}`, response.status);
  return said;
}

export const ask = (what, values = {}) => answer(`${what}?${new URLSearchParams(values)}`);

export const tell = (what, values = {}) =>
  answer(what, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(values),
  });
