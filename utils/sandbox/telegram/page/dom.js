// Small ways to build and find elements; text is always set as text, never as markup.

export const byId = (id) => document.getElementById(id);

export function element(tag, options = {}, ...children) {
  const { className, text, data, attributes, on, ...properties } = options;
  const node = Object.assign(document.createElement(tag), properties);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  Object.assign(node.dataset, data);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  for (const [event, handler] of Object.entries(on ?? {})) node.addEventListener(event, handler);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const CANDLES = "M7 4v16M12 3v15M17 7v14M5.5 9h3v6h-3zM10.500 6h3v7h-3zM15.500 11h3v5h-3z";

export function avatar(name, id, bot = false) {
  const hue = bot ? 0 : 1 + (Math.abs(Number(id)) % 5);
  const node = element("div", { className: `avatar hue-${hue}`, attributes: { "aria-hidden": "true" } });
  if (bot) node.append(icon(CANDLES));
  else node.textContent = [...(name || "?")][0].toUpperCase();
  return node;
}

export const fullName = (user) => [user.title ?? user.first_name, user.last_name].filter(Boolean).join(" ");
export const clockTime = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
export const dayName = (seconds) =>
  new Date(seconds * 1000).toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });
