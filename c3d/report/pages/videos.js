// Videos as cards: three frames of each, what it shows and what was seen in it. `data` is the page's JSON.
// Every name comes as text and is set as text: nothing of it is ever read as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
const count_text = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function address_of(video) {
  if (video.url !== undefined) return video.url;
  return data.root + video.name.split("/").map(encodeURIComponent).join("/");
}

function name_of(video) {
  const name = element("p", { class: "file" });
  const address = address_of(video);
  name.append(address === null ? video.name : element("a", { href: address }, video.name));
  return name;
}

function bar_list(video) {
  const shown = new Set((video.truth || []).map(([label]) => label));
  const list = element("ul", { class: "bars" });
  for (const [label, probability] of video.seen) {
    const item = element("li", {}, element("span", {}, data.labels[label]),
      element("span", { class: "number" }, percent(probability)));
    item.style.setProperty("--share", probability);
    if (shown.has(label)) item.classList.add("true");
    list.append(item);
  }
  return list;
}

function truth_line(video) {
  const names = video.truth.map(([label, probability]) => `${data.labels[label]} (${percent(probability)})`);
  return element("p", {}, `Shows ${names.length === 0 ? "none of the labels" : names.join(", ")}.`);
}

// Where the network looks for a label.
function heat_of(heat) {
  const label = data.labels[heat.label], frames = `frames ${heat.first} to ${heat.last}`;
  return element("figure", { class: "heat" },
    element("img", {
      src: `data:image/jpeg;base64,${data.heat[heat.picture]}`,
      alt: `Where the network looks for ${label}, ${frames}`,
    }),
    element("figcaption", {}, "Where it looks for ", element("bdi", {}, label), `, ${frames}`,
      heat.blank ? ": nothing there speaks for it" : ""));
}

function card_of(video) {
  const card = element("li", { class: "strip" });
  if (video.strip !== undefined) {
    card.append(element("img", {
      src: `data:image/jpeg;base64,${data.strips[video.strip]}`,
      alt: `First, middle and last frame of ${video.name}`,
    }));
  } else {
    card.append(element("p", { class: "quiet" }, video.why || "No picture was made of it."));
  }
  card.append(name_of(video));
  if (video.truth !== undefined) card.append(truth_line(video));
  if (video.note !== undefined) card.append(element("p", { class: "quiet" }, video.note));
  card.append(bar_list(video));
  for (const heat of video.heat || []) card.append(heat_of(heat));
  if (video.no_heat !== undefined) card.append(element("p", { class: "quiet" }, video.no_heat));
  return card;
}

for (const list of document.querySelectorAll("ul[data-videos]")) {
  list.append(...data.lists[list.dataset.videos].map((index) => card_of(data.videos[index])));
}

// The dialog of the videos behind a cell, a class or a label. More of them come when asked for.
const dialog = document.getElementById("videos-dialog");
const kAtATime = 48;

function open_videos(title, videos, total) {
  const list = dialog.querySelector("ul"), more = dialog.querySelector(".more");
  let shown = 0;
  const show_more = () => {
    list.append(...videos.slice(shown, shown + kAtATime).map(card_of));
    shown = Math.min(videos.length, shown + kAtATime);
    more.hidden = shown === videos.length;
    more.textContent = `Show more (${videos.length - shown})`;
  };
  dialog.querySelector("h2").textContent = title;
  const left_out = total - videos.length;
  dialog.querySelector(".said").textContent = count_text(total, "video") +
    (left_out > 0 ? `, ${left_out} of them not listed, as the page is bounded` : "");
  list.replaceChildren();
  more.onclick = show_more;
  show_more();
  dialog.showModal();
  dialog.scrollTop = 0;
}

if (dialog !== null) {
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

const first_of = (pairs) => (pairs.length > 0 ? pairs[0][0] : -1);
const has_label = (pairs, label) => pairs.some(([other]) => other === label);
// data-cell "TRUTH,SEEN", data-label "LABEL" (whose videos show it), data-seen "LABEL" (seen first in them).
const openers = {
  cell(value) {
    const [truth, seen] = value.split(",").map(Number);
    open_videos(truth === seen ? `${data.labels[truth]}, told right`
      : `${data.labels[truth]}, taken for ${data.labels[seen]}`,
    data.videos.filter((video) => first_of(video.truth) === truth && first_of(video.seen) === seen),
    data.cells.find(([t, s]) => t === truth && s === seen)[2]);
  },
  label(value) {
    const videos = data.videos.filter((video) => has_label(video.truth, Number(value)));
    open_videos(data.labels[Number(value)], videos, data.counts[Number(value)]);
  },
  seen(value) {
    const videos = data.videos.filter((video) => first_of(video.seen) === Number(value));
    open_videos(`${data.labels[Number(value)]}, the likeliest`, videos, data.counts[Number(value)]);
  },
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-cell], button[data-label], button[data-seen]");
  if (button === null) return;
  for (const [kind, open] of Object.entries(openers)) {
    if (button.dataset[kind] !== undefined) open(button.dataset[kind]);
  }
});

// Long tables get a field that leaves the rows which hold a text.
for (const field of document.querySelectorAll("input[data-filters]")) {
  const rows = [...document.querySelectorAll(`#${field.dataset.filters} tbody tr`)];
  const names = rows.map((row) => row.cells[0].textContent.toLowerCase());
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase();
    rows.forEach((row, index) => { row.hidden = !names[index].includes(wanted); });
  });
}
