// What the page asks of its server. Addresses are relative, so that it works behind any path.

const KEY = "offbeat-key";

export class Lost extends Error {}

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

// The key lasts as long as the tab, and is sent to this server alone.
export const keep = (key) => sessionStorage.setItem(KEY, key);
export const forget = () => sessionStorage.removeItem(KEY);
export const hasKey = () => sessionStorage.getItem(KEY) !== null;

async function answered(address, how = {}) {
  const headers = { ...how.headers };
  if (hasKey()) headers.authorization = `Bearer ${sessionStorage.getItem(KEY)}`;
  let response;
  try {
    response = await fetch(address, { ...how, headers, cache: "no-store", signal: AbortSignal.timeout(30_000) });
  } catch {
    throw new Lost("the service cannot be reached");
  }
  if (response.ok || response.status === 304) return response;
  let message = "";
  try {
    message = (await response.json()).error.message;
  } catch {
    message = `the service answered ${response.status}`;
  }
  throw new Refused(message, response.status);
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    throw new Lost("the service ended while it answered");
  }
}

const address = (what, values) => {
  const given = Object.entries(values).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  return `${what}?${new URLSearchParams(given.filter(([, value]) => value !== null && value !== undefined && value !== ""))}`;
};

export const ask = async (what, values = {}) => read(await answered(address(what, values)));

export const tell = async (what, values) =>
  read(
    await answered(what, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(values),
    }),
  );

// Asks the same again and again, and gets an answer only when it is another one.
export class Watched {
  #address = null;
  #tag = null;

  async ask(what, values) {
    const now = address(what, values);
    if (now !== this.#address) this.#tag = null;
    const response = await answered(now, { headers: this.#tag ? { "if-none-match": this.#tag } : {} });
    if (response.status === 304) return null;
    const found = await read(response);
    [this.#address, this.#tag] = [now, response.headers.get("etag")];
    return found;
  }

  again() {
    this.#tag = null;
  }
}
