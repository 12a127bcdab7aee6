// The blocks of a rich message to nodes; text is always set as text.

import { fileUrl } from "./api.js";
import { element } from "./dom.js";
import { shownTime } from "./entities.js";

const INLINE = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", subscript: "sub", superscript: "sup", marked: "mark" };

// onPress(data, node) is called for a button inside.
export function richBlocks(blocks, onPress) {
  return element("div", { className: "rich", data: { testid: "rich" } }, ...blocks.map((block) => node(block, onPress)));
}

function node(block, onPress) {
  const inner = () => block.blocks.map((one) => node(one, onPress));
  switch (block.type) {
    case "heading":
      return element(block.size <= 2 ? "h3" : "h4", {}, ...inline(block.text));
    case "pre":
      return element("pre", {}, ...inline(block.text));
    case "footer":
      return element("footer", {}, ...inline(block.text));
    case "divider":
      return element("hr");
    case "blockquote":
    case "expandable_blockquote":
      return element("blockquote", {}, ...inner());
    case "details":
      return element("details", { open: Boolean(block.is_open), data: { testid: "details" } }, element("summary", {}, ...inline(block.summary)), ...inner());
    case "list":
      return element("ul", {}, ...block.items.map((item) => element("li", {}, ...item.blocks.map((one) => node(one, onPress)))));
    case "table":
      return table(block);
    case "photo":
      return element("img", { src: fileUrl(block.photo.at(-1).file_id), alt: "Picture" });
    case "slideshow":
    case "collage":
      return element("div", { className: "slides" }, ...inner());
    case "buttons":
      return element("div", { className: "row" }, ...block.buttons.map((button) => key(button, onPress)));
    default:
      return element("div", {}, ...inline(block.text));
  }
}

function table(block) {
  const looks = ["bordered", "striped", "compact"].filter((name) => block[`is_${name}`]).join(" ");
  const rows = block.cells.map((row) => element("tr", {}, ...row.map(cell)));
  const caption = block.caption === undefined ? null : element("caption", {}, ...inline(block.caption));
  return element("table", { className: looks }, caption, ...rows);
}

function cell({ text = "", align, valign, is_header: header, colspan = 1, rowspan = 1 }) {
  const made = element(header ? "th" : "td", { colSpan: colspan, rowSpan: rowspan }, ...inline(text));
  made.style.textAlign = align;
  made.style.verticalAlign = valign;
  return made;
}

function key(button, onPress) {
  const style = button.style ? ` ${button.style}` : "";
  return element("button", {
    className: `key${style}`,
    text: button.text,
    data: { testid: "button", text: button.text },
    disabled: "disabled" in button,
    on: { click: (event) => onPress(button.callback_data, event.currentTarget) },
  });
}

function inline(text) {
  if (typeof text === "string") return [text];
  if (Array.isArray(text)) return text.flatMap(inline);
  if (text.type === "date_time") return [element("time", {}, shownTime(text) || inline(text.text)[0])];
  return [element(INLINE[text.type] ?? "span", {}, ...inline(text.text))];
}
