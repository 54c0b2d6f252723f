// What is wrong with the page that is shown, as a list of sentences. Evaluates to it.
(() => {
  const found = [];
  const say = (what, element) => {
    const name = `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""}` +
      `${typeof element.className === "string" && element.className ? `.${element.className}` : ""}`;
    found.push(`${what}: ${name} "${(element.textContent || "").trim().slice(0, 60)}"`);
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

  if (!document.documentElement.lang) found.push("the page says no language");
  if (document.querySelectorAll("h1").length !== 1) found.push("a page has one h1");

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
      if (ratio < 4.5) { say(`contrast ${ratio.toFixed(2)}`, element); break; }
    }
  }
  for (const picture of document.querySelectorAll("img")) {
    if (!picture.alt) say("no alternative text", picture);
    const is_broken = picture.complete && picture.naturalWidth === 0;
    if (is_shown(picture) && is_broken) say("a picture that does not open", picture);
  }
  for (const picture of document.querySelectorAll("svg, canvas")) {
    if (picture.parentElement.closest("svg") !== null) continue;
    if (picture.getAttribute("aria-hidden") === "true") continue;
    if (!picture.getAttribute("aria-label")) say("no alternative text", picture);
  }
  for (const control of document.querySelectorAll("button, a, summary, input")) {
    const is_labelled = Boolean(control.labels && control.labels.length) || control.getAttribute("aria-label");
    if (!control.textContent.trim() && !is_labelled) say("a control without a name", control);
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (heading.closest("dialog") !== null || !is_shown(heading)) continue;
    const own = Number(heading.tagName[1]);
    if (own > level + 1) say("a heading leaves out a level", heading);
    level = own;
  }
  const ids = new Set();
  for (const element of document.querySelectorAll("[id]")) {
    if (ids.has(element.id)) say("an id stands there twice", element);
    ids.add(element.id);
  }
  const wide = document.documentElement.clientWidth;
  const needed = document.scrollingElement.scrollWidth;
  if (needed > wide) found.push(`the page is ${needed} wide, the window ${wide}`);
  for (const element of document.body.querySelectorAll("*")) {
    // What lies in a frame that scrolls may be as wide as it likes, the frame itself may not.
    const is_framed = element.parentElement.closest(".skip, .scroll, pre, svg, .plot") !== null;
    if (is_framed || element.matches(".skip") || !is_shown(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && box.right > wide + 1) say(`reaches ${Math.round(box.right)} of ${wide}`, element);
  }
  return { found: found.slice(0, 40), worst };
})()
