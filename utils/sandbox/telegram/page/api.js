// The sandbox's controls and its stream of events.

const BASE = "/_sandbox";

export class Refused extends Error {}

export async function call(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(BASE + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer.error ?? `the sandbox answered ${response.status}`);
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const fileUrl = (id) => `${BASE}/files/${encodeURIComponent(id)}`;

const KINDS = ["message", "edit", "delete", "action", "callback_answer", "chat", "user", "commands", "reset", "draft", "draft_gone"];

// Calls onEvent(kind, data) for each event after `after`; onLink(true|false) when the stream opens or breaks.
export function listen(after, onEvent, onLink) {
  const source = new EventSource(`${BASE}/events?after=${after}`);
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => onEvent(kind, JSON.parse(event.data)));
  }
  source.addEventListener("open", () => onLink(true));
  source.addEventListener("error", () => onLink(false));
  return source;
}
