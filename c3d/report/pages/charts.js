// Curves by step. The mouse shows values and draws a stretch to zoom into; so do the arrow keys, plus and
// minus. All charts are drawn anew when their width changes.

const kSvg = "http://www.w3.org/2000/svg";

function shape(name, attributes, text) {
  const made = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Round numbers from `from` to `to`, about `wanted` of them.
function ticks_of(from, to, wanted) {
  const rough = (to - from) / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) || 10);
  const first = Math.ceil(from / step - 1e-9) * step, ticks = [];
  for (let tick = first; tick <= to + step * 1e-9; tick += step) ticks.push(tick);
  return ticks;
}

function number_text(value, is_share) {
  if (is_share) return percent(value);
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

class Chart {
  constructor(frame, chart) {
    this.chart = chart;
    const steps = chart.curves.flatMap((curve) => curve.points.map(([step]) => step));
    this.whole = [Math.min(...steps), Math.max(...steps)];
    if (this.whole[0] === this.whole[1]) this.whole = [this.whole[0] - 1, this.whole[1] + 1];
    this.range = this.whole;
    this.steps = [...new Set(steps)].sort((a, b) => a - b);
    this.step = null;
    this.build(frame);
    this.say(this.steps.at(-1));
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  build(frame) {
    const { chart } = this;
    const last = chart.curves.map((curve) => {
      const value = curve.points.at(-1)[1];
      return `${curve.name} ${value === null ? "no number" : number_text(value, chart.share)}`;
    });
    const legend = element("ul", { class: "legend" });
    chart.curves.forEach((curve, index) => {
      legend.append(element("li", { class: `series-${index}` }, curve.name));
    });
    this.plot = element("div", { class: "plot", tabindex: "0", role: "application",
      "aria-roledescription": "chart",
      "aria-label": `${chart.title} by step, at the end ${last.join(", ")}. Arrow keys show values, plus ` +
        "and minus zoom, 0 shows all." });
    this.readout = element("p", { class: "readout", "aria-live": "polite" }, "\u00a0");
    const head = element("div", { class: "chart-head" }, element("h3", {}, chart.title));
    if (!chart.small) {
      for (const [text, label, act] of [
        ["+", "Zoom in", () => this.zoom(0.5)],
        ["\u2212", "Zoom out", () => this.zoom(2)],
        ["All", "Show all steps", () => this.set_range(this.whole)]]) {
        const button = element("button", { type: "button", "aria-label": `${label}: ${chart.title}` }, text);
        button.addEventListener("click", act);
        head.append(button);
      }
    }
    frame.append(head);
    if (chart.curves.length > 1) frame.append(legend);
    frame.append(this.plot, this.readout);
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerdown", (event) => { this.drag = this.step_at(event); });
    this.plot.addEventListener("pointerup", (event) => this.release(event));
    this.plot.addEventListener("pointerleave", () => { this.drag = undefined; });
    this.plot.addEventListener("dblclick", () => this.set_range(this.whole));
  }

  step_at(event) {
    const box = this.plot.getBoundingClientRect();
    const share = (event.clientX - box.left - this.left) / (box.width - this.left - this.right);
    return this.range[0] + Math.min(1, Math.max(0, share)) * (this.range[1] - this.range[0]);
  }

  point(event) {
    const at = this.step_at(event);
    this.show(this.steps.reduce((best, step) => (Math.abs(step - at) < Math.abs(best - at) ? step : best)));
    if (this.drag !== undefined && event.buttons !== 0) this.stretch = [this.drag, at];
    this.draw();
  }

  release(event) {
    const from = this.drag, to = this.step_at(event);
    this.drag = this.stretch = undefined;
    if (from === undefined || Math.abs(to - from) < (this.range[1] - this.range[0]) / 50) return this.draw();
    this.set_range([Math.min(from, to), Math.max(from, to)]);
  }

  key(event) {
    const { steps } = this, at = this.step === null ? -1 : steps.indexOf(this.step);
    const acts = {
      ArrowRight: () => this.show(steps[Math.min(steps.length - 1, at + 1)]),
      ArrowLeft: () => this.show(steps[Math.max(0, at - 1)]),
      Home: () => this.show(steps[0]),
      End: () => this.show(steps.at(-1)),
      "+": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      0: () => this.set_range(this.whole),
    };
    if (acts[event.key] === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    acts[event.key]();
    this.draw();
    event.preventDefault();
  }

  // What every curve says at the step, or last said before it.
  show(step) {
    this.step = step;
    const [from, to] = this.range, wide = to - from;
    if (step < from || step > to) {
      const first = Math.max(this.whole[0], Math.min(this.whole[1] - wide, step - wide / 2));
      this.range = [first, first + wide];
    }
    this.say(step);
  }

  say(step) {
    const said = this.chart.curves.map((curve) => {
      const point = curve.points.findLast(([at]) => at <= step);
      if (point === undefined) return null;
      const value = point[1] === null ? "no number" : number_text(point[1], this.chart.share);
      return `${this.chart.curves.length > 1 ? `${curve.name} ` : ""}${value}`;
    });
    this.readout.textContent = `Step ${step}: ${said.filter((text) => text !== null).join(", ")}`;
  }

  zoom(factor) {
    const [from, to] = this.range, middle = this.step === null ? (from + to) / 2 : this.step;
    const wide = Math.min(this.whole[1] - this.whole[0], (to - from) * factor);
    const first = Math.max(this.whole[0], Math.min(this.whole[1] - wide, middle - wide / 2));
    this.set_range([first, first + wide]);
  }

  set_range(range) {
    this.range = range;
    this.draw();
  }

  values() {
    const [from, to] = this.range;
    const inside = this.chart.curves.flatMap((curve) => curve.points)
      .filter(([step, value]) => value !== null && step >= from && step <= to).map(([, value]) => value);
    let least = inside.reduce((a, b) => Math.min(a, b), Infinity);
    let most = inside.reduce((a, b) => Math.max(a, b), -Infinity);
    if (inside.length === 0) [least, most] = [0, 1];
    if (this.chart.share) return [0, Math.min(1, Math.max(0.05, most * 1.1))];
    // Zero is worth its room where values come near it.
    if (least < most / 2) least = Math.min(0, least);
    if (least === most) most = least + (least === 0 ? 1 : Math.abs(least) / 2);
    const margin = (most - least) * 0.04;
    return [least === 0 ? 0 : least - margin, most + margin];
  }

  draw() {
    const width = Math.round(this.plot.clientWidth), height = this.chart.small ? 120 : 250;
    if (width === 0) return;
    this.left = 56;
    this.right = 20;
    const bottom = 22, top = 8, [from, to] = this.range, [least, most] = this.values();
    const x = (step) => this.left + (step - from) / (to - from) * (width - this.left - this.right);
    const y = (value) => top + (1 - (value - least) / (most - least)) * (height - top - bottom);
    const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const tick of ticks_of(least, most, this.chart.small ? 3 : 5)) {
      const line = { x1: this.left, x2: width - this.right, y1: y(tick), y2: y(tick) };
      svg.append(shape("line", { class: "grid", ...line }));
      const text = this.chart.share ? `${Math.round(100 * tick)} %` : number_text(tick, false);
      const place = { x: this.left - 6, y: y(tick) + 4, "text-anchor": "end" };
      svg.append(shape("text", { class: "tick", ...place }, text));
    }
    for (const tick of ticks_of(from, to, Math.max(2, width / 110)).filter(Number.isInteger)) {
      const place = { x: x(tick), y: height - 5, "text-anchor": "middle" };
      svg.append(shape("text", { class: "tick", ...place }, String(tick)));
    }
    const corner = { x: this.left - 6, y: height - 5, "text-anchor": "end" };
    svg.append(shape("text", { class: "tick", ...corner }, "step"));
    // A little wider than the stretch that is shown, for dots at its ends.
    const frame = { x: this.left - 4, y: 0, width: width - this.left - this.right + 8, height };
    const clip = shape("svg", { ...frame, viewBox: `${frame.x} 0 ${frame.width} ${height}` });
    if (this.stretch !== undefined) {
      const ends = this.stretch.map(x).sort((a, b) => a - b);
      const box = { x: ends[0], y: top, width: ends[1] - ends[0], height: height - top - bottom };
      clip.append(shape("rect", { class: "stretch", ...box }));
    }
    this.chart.curves.forEach((curve, index) => this.draw_curve(clip, curve, index, x, y));
    if (this.step !== null) {
      const line = { x1: x(this.step), x2: x(this.step), y1: top, y2: height - bottom };
      clip.append(shape("line", { class: "cursor", ...line }));
    }
    svg.append(clip);
    this.plot.replaceChildren(svg);
  }

  draw_curve(svg, curve, index, x, y) {
    let path = "", pen_down = false;
    for (const [step, value] of curve.points) {
      if (value !== null) path += `${pen_down ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
      pen_down = value !== null;
    }
    svg.append(shape("path", { class: `curve series-${index}`, d: path }));
    if (curve.points.length > 20) return;
    for (const [step, value] of curve.points) {
      if (value === null) continue;
      svg.append(shape("circle", { class: `dot series-${index}`, cx: x(step), cy: y(value), r: 3 }));
    }
  }
}

for (const frame of document.querySelectorAll("[data-chart]")) {
  new Chart(frame, data.charts[frame.dataset.chart]);
}
