// Toasts, alerts and small forms.

import { byId, element } from "./dom.js";

const TOAST_MS = 3500;
const dialog = byId("dialog");

export function toast(text, { error = false } = {}) {
  const node = element("div", { className: error ? "toast error" : "toast", text, data: { testid: "toast" } });
  byId("toasts").append(node);
  setTimeout(() => node.remove(), TOAST_MS + text.length * 25);
}

export const alertBox = (text) => show("", [element("p", { text, data: { testid: "alert" } })], ["OK"]);

// Asks with the given fields; resolves to their values by name, or null when cancelled.
export async function ask(title, fields, action) {
  const nodes = fields.flatMap(fieldNodes);
  const answer = await show(title, nodes, ["Cancel", action]);
  return answer ? Object.fromEntries(fields.map((f) => [f.name, valueOf(f)])) : null;
}

function fieldNodes(field) {
  const id = `field-${field.name}`;
  if (field.type === "checkbox") {
    const box = element("input", { type: "checkbox", id, checked: Boolean(field.value) });
    return [element("label", { className: "check" }, box, field.label)];
  }
  const control = field.options
    ? element("select", { id }, ...field.options.map(([value, text]) => element("option", { value, text, selected: value === field.value })))
    : element("input", { id, value: field.value ?? "", maxLength: 64, autocomplete: "off" });
  return [element("label", { text: field.label, htmlFor: id }), control];
}

function valueOf(field) {
  const control = byId(`field-${field.name}`);
  return field.type === "checkbox" ? control.checked : control.value.trim();
}

function show(title, nodes, labels) {
  const buttons = labels.map((text, n) => {
    const last = n === labels.length - 1;
    return element("button", { text, value: last ? "ok" : "", data: { testid: last ? "dialog-ok" : "dialog-cancel" } });
  });
  // the confirming button comes first in the document, because Enter presses the first one
  const actions = element("div", { className: "actions" }, ...buttons.reverse());
  const heading = title ? element("h2", { text: title }) : null;
  const form = element("form", { method: "dialog" }, heading, ...nodes, actions);
  if (dialog.open) dialog.close("");
  dialog.returnValue = "";
  dialog.replaceChildren(form);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
  });
}
