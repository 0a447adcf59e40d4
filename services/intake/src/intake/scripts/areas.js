// Brings the next list of areas when one is chosen; without this file the button below the lists does it.
const group = (level) => document.querySelector(`[data-level="${level}"]`);
const list = (level) => group(level).querySelector("select");

function clear(level) {
  for (let next = level; next; next = list(next).dataset.next) {
    list(next).length = 1;
    group(next).hidden = true;
  }
}

async function inside(parent) {
  const answer = await fetch(`/api/areas?parent=${encodeURIComponent(parent)}`);
  if (!answer.ok) throw new Error(`no areas: ${answer.status}`);
  return answer.json();
}

async function changed(select) {
  const { value, dataset } = select;
  clear(dataset.next);
  if (!value) return;
  const areas = await inside(value);
  if (select.value !== value) return; // somebody was faster than the network
  for (const area of areas) list(dataset.next).add(new Option(area.name, area.code));
  group(dataset.next).hidden = areas.length === 0;
}

const button = document.querySelector("[data-area-button]");
button.hidden = true;
for (const select of document.querySelectorAll("select[data-next]")) {
  select.addEventListener("change", () => changed(select).catch(() => (button.hidden = false)));
}
