// What is wrong with the page that is shown. Evaluates to { found, kinds, worst }: sentences, of which check
// each is, and the least contrast of all.
(() => {
  const found = [], kinds = [];
  const tell = (kind, sentence) => { found.push(sentence); kinds.push(kind); };
  const say = (kind, what, element) => {
    const name = `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""}` +
      `${typeof element.className === "string" && element.className ? `.${element.className}` : ""}`;
    tell(kind, `${what}: ${name} "${(element.textContent || "").trim().slice(0, 60)}"`);
  };
  const painter = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const known = new Map();
  // Any colour of CSS as red, green, blue (0 to 255) and alpha (0 to 1).
  const parse = (text) => {
    if (!known.has(text)) {
      painter.clearRect(0, 0, 1, 1);
      painter.fillStyle = "rgb(0 0 0 / 0)";
      painter.fillStyle = text;
      painter.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = painter.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((level) => {
      const share = level / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  // Every colour that may stand behind an element: grounds of all around it, and each stop of a gradient.
  const grounds_of = (element) => {
    const chain = [];
    for (let at = element; at !== null; at = at.parentElement) chain.push(at);
    let grounds = [[...parse(getComputedStyle(document.documentElement).colorScheme.includes("dark") &&
      matchMedia("(prefers-color-scheme: dark)").matches ? "black" : "white")]];
    for (const at of chain.reverse()) {
      const style = getComputedStyle(at);
      const ground = parse(style.backgroundColor);
      if (ground[3] > 0) grounds = grounds.map((below) => over(ground, below));
      const stops = style.backgroundImage.match(/(?:rgba?|color|hsla?|oklab|oklch)\([^()]*\)/g) || [];
      if (style.backgroundImage !== "none") {
        grounds = grounds.concat(...stops.map((stop) => grounds.map((below) => over(parse(stop), below))));
      }
    }
    return grounds;
  };
  const is_shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    element.closest("dialog:not([open])") === null;

  if (!document.documentElement.lang) tell("language, title", "the page says no language");
  if (!document.title.trim()) tell("language, title", "the page has no title");
  if (document.querySelector("meta[name='viewport'][content*='width=device-width']") === null) {
    tell("language, title", "the page does not fit itself to a phone's width (meta viewport)");
  }
  if (document.querySelectorAll("h1").length !== 1) tell("headings", "a page has one h1");

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  let worst = Infinity;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (seen.has(element) || walker.currentNode.data.trim() === "") continue;
    if (element.closest("script, style") !== null) continue;
    seen.add(element);
    if (!is_shown(element) || element.closest(".skip") !== null) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.closest("svg") !== null ? style.fill : style.color);
    for (const ground of grounds_of(element)) {
      const ratio = contrast(over(ink, ground), ground);
      worst = Math.min(worst, ratio);
      if (ratio < 4.5) { say("contrast", `contrast ${ratio.toFixed(2)}`, element); break; }
    }
  }
  for (const picture of document.querySelectorAll("img")) {
    if (!picture.alt) say("alternative texts", "no alternative text", picture);
    const is_broken = picture.complete && picture.naturalWidth === 0;
    if (is_shown(picture) && is_broken) say("alternative texts", "a picture that does not open", picture);
  }
  for (const picture of document.querySelectorAll("svg, canvas")) {
    if (picture.parentElement.closest("svg") !== null) continue;
    if (picture.getAttribute("aria-hidden") === "true") continue;
    if (!picture.getAttribute("aria-label")) say("alternative texts", "no alternative text", picture);
  }
  const controls = document.querySelectorAll("button, a, summary, input, select, textarea");
  for (const control of controls) {
    const is_labelled = Boolean(control.labels && control.labels.length) || control.getAttribute("aria-label");
    const has_name = control.textContent.trim() !== "" || is_labelled;
    if (!has_name) say("names of controls", "a control without a name", control);
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (heading.closest("dialog") !== null || !is_shown(heading)) continue;
    const own = Number(heading.tagName[1]);
    if (own > level + 1) say("headings", "a heading leaves out a level", heading);
    level = own;
  }
  const ids = new Set();
  for (const element of document.querySelectorAll("[id]")) {
    if (ids.has(element.id)) say("ids", "an id stands there twice", element);
    ids.add(element.id);
  }
  const wide = document.documentElement.clientWidth;
  const needed = document.scrollingElement.scrollWidth;
  if (needed > wide) tell("no sideways scroll", `the page is ${needed} wide, the window ${wide}`);
  for (const element of document.body.querySelectorAll("*")) {
    // What lies in a frame that scrolls may be as wide as it likes, the frame itself may not.
    const is_framed = element.parentElement.closest(".skip, .scroll, pre, svg, .plot") !== null;
    if (is_framed || element.matches(".skip") || !is_shown(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.right <= wide + 1) continue;
    say("no sideways scroll", `reaches ${Math.round(box.right)} of ${wide}`, element);
  }
  for (const element of document.querySelectorAll("[tabindex]")) {
    if (element.tabIndex > 0) say("keyboard", "it comes before its place in the page (tabindex)", element);
  }
  // WCAG 2.2, target size (minimum): 24 pixels either way, or a circle of 24 pixels around its middle that
  // meets no other target's. Links within a line of text are left out, as that rule does.
  const targets = [...controls].filter((control) => is_shown(control) && control.closest(".skip") === null)
    .map((control) => [control, control.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const is_small = (box) => box.width < 23.5 || box.height < 23.5;
  const middle = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const distance = ([x, y], box) => Math.hypot(Math.max(box.left - x, 0, x - box.right),
    Math.max(box.top - y, 0, y - box.bottom));
  const in_text = (control) => getComputedStyle(control).display === "inline" &&
    control.parentElement.closest("p, li, dd") !== null &&
    control.parentElement.textContent.trim().length > control.textContent.trim().length;
  targets.sort(([, a], [, b]) => a.top - b.top);
  targets.forEach(([control, box], place) => {
    if (!is_small(box) || in_text(control)) return;
    const at = middle(box);
    // Those far above and below need no look: the list goes down the page.
    const meets = ([other, its]) => {
      if (other === control) return false;
      const [x, y] = middle(its);
      return is_small(its) ? Math.hypot(at[0] - x, at[1] - y) < 23.5 : distance(at, its) < 11.75;
    };
    if (!targets.slice(Math.max(0, place - 60), place + 60).some(meets)) return;
    const size = `${Math.round(box.width)} x ${Math.round(box.height)} pixels`;
    say("tap targets", `only ${size}, and another is near`, control);
  });
  return { found: found.slice(0, 40), kinds: kinds.slice(0, 40), worst };
})()
