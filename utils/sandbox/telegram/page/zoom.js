// The picture overlay: wheel and pinch zoom, drag, double tap, Escape.

import { byId } from "./dom.js";

const MAX_SCALE = 8;
const TAP_MS = 300;
const overlay = byId("zoom");
const image = overlay.querySelector("img");
const pointers = new Map();
const view = { scale: 1, x: 0, y: 0 };
let gesture = null;
let moved = false;
let lastTap = 0;

export function openZoom(source, alt) {
  image.src = source;
  image.alt = alt;
  Object.assign(view, { scale: 1, x: 0, y: 0 });
  draw();
  overlay.hidden = false;
  overlay.querySelector("button").focus();
}

export function closeZoom() {
  overlay.hidden = true;
  pointers.clear();
}

function draw() {
  image.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  overlay.dataset.scale = view.scale.toFixed(2);
}

function zoomAt(factor, clientX, clientY) {
  const scale = Math.min(Math.max(view.scale * factor, 1), MAX_SCALE);
  const x = clientX - innerWidth / 2;
  const y = clientY - innerHeight / 2;
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  if (scale === 1) Object.assign(view, { x: 0, y: 0 });
  draw();
}

function spread() {
  const [a, b] = [...pointers.values()];
  return { length: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

overlay.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomAt(Math.exp(-event.deltaY * 0.002), event.clientX, event.clientY);
}, { passive: false });

overlay.addEventListener("pointerdown", (event) => {
  if (event.target.closest("button")) return;
  overlay.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  moved = pointers.size > 1;
  gesture = pointers.size === 2 ? spread() : null;
});

overlay.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (pointers.size === 2 && gesture) {
    const now = spread();
    zoomAt(now.length / gesture.length, now.x, now.y);
    gesture = now;
    return;
  }
  moved ||= Math.hypot(event.clientX - before.x, event.clientY - before.y) > 3;
  if (view.scale > 1) {
    view.x += event.clientX - before.x;
    view.y += event.clientY - before.y;
    draw();
  }
});

overlay.addEventListener("pointerup", (event) => {
  pointers.delete(event.pointerId);
  gesture = null;
  if (moved || event.target.closest("button")) return;
  if (event.timeStamp - lastTap < TAP_MS) {
    zoomAt(view.scale > 1 ? 1 / view.scale : 2.5, event.clientX, event.clientY);
  } else if (event.target === overlay && view.scale === 1 && outside(event)) {
    closeZoom();
  }
  lastTap = event.timeStamp;
});

overlay.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
overlay.querySelector("button").addEventListener("click", closeZoom);
addEventListener("keydown", (event) => event.key === "Escape" && !overlay.hidden && closeZoom());

function outside(event) {
  const box = image.getBoundingClientRect();
  return event.clientY < box.top || event.clientY > box.bottom || event.clientX < box.left || event.clientX > box.right;
}
