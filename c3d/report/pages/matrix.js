// The confusion matrix: a table of buttons where there are few classes; of many a picture, whose cells the
// mouse or the arrow keys choose.

const kMostInTable = 30;
const matrix = document.getElementById("matrix");

function matrix_table(totals) {
  const counts = new Map(data.cells.map(([truth, seen, count]) => [`${truth},${seen}`, count]));
  const head = element("tr", {}, element("td", { class: "corner" }, "shows \\ taken for"));
  for (const label of data.labels) {
    head.append(element("th", { scope: "col" }, element("span", { title: label }, label)));
  }
  const body = element("tbody");
  data.labels.forEach((label, truth) => {
    const row = element("tr", {}, element("th", { scope: "row" }, element("span", { title: label }, label)));
    data.labels.forEach((other, seen) => {
      const count = counts.get(`${truth},${seen}`) || 0;
      const cell = element("td", { class: truth === seen ? "right" : "wrong" });
      if (count > 0) {
        cell.style.setProperty("--share", count / totals[truth]);
        const said = truth === seen ? `told right: ${label}` : `${label}, taken for ${other}`;
        cell.append(element("button", { type: "button", "data-cell": `${truth},${seen}`,
          "aria-label": `${count_text(count, "video")}, ${said}` }, String(count)));
      }
      row.append(cell);
    });
    body.append(row);
  });
  const frame = element("div", { class: "scroll", tabindex: "0", role: "region",
    "aria-label": "Confusion matrix" });
  frame.append(element("table", { class: "matrix" }, element("thead", {}, head), body));
  matrix.append(frame);
}

function matrix_picture(totals) {
  const classes = data.labels.length;
  const canvas = element("canvas", { tabindex: "0", role: "application",
    "aria-roledescription": "confusion matrix",
    "aria-label": `Confusion matrix of ${classes} classes; arrow keys go from cell to cell, Enter opens ` +
      "the videos of one" });
  const said = element("p", { class: "quiet", "aria-live": "polite" },
    "A row is what videos show, a column what they are taken for. Point at a cell, or use the arrow keys.");
  matrix.append(canvas, said);
  let chosen = null;
  const draw = () => {
    const side = Math.round(Math.min(matrix.clientWidth, 760) * devicePixelRatio);
    if (side === 0) return;
    canvas.width = canvas.height = side;
    canvas.style.width = canvas.style.height = `${side / devicePixelRatio}px`;
    const style = getComputedStyle(document.documentElement), context = canvas.getContext("2d");
    const colour = (name) => style.getPropertyValue(name).trim();
    context.fillStyle = colour("--panel");
    context.fillRect(0, 0, side, side);
    const size = side / classes, drawn = Math.max(size, 3 * devicePixelRatio);
    for (const [truth, seen, count] of data.cells) {
      context.globalAlpha = 0.6 + 0.4 * count / totals[truth];
      context.fillStyle = colour(truth === seen ? "--accent" : "--bad");
      context.fillRect(seen * size - (drawn - size) / 2, truth * size - (drawn - size) / 2, drawn, drawn);
    }
    context.globalAlpha = 1;
    if (chosen === null) return;
    const mark = Math.max(drawn, 9 * devicePixelRatio);
    context.strokeStyle = colour("--ink");
    context.lineWidth = 2 * devicePixelRatio;
    context.strokeRect((chosen[1] + 0.5) * size - mark / 2, (chosen[0] + 0.5) * size - mark / 2, mark, mark);
  };
  const choose = (cell) => {
    chosen = cell;
    const [truth, seen, count] = cell;
    const how = truth === seen ? "told right" : `taken for ${data.labels[seen]}`;
    said.textContent = `${data.labels[truth]} ${how}: ${count} of ${count_text(totals[truth], "video")}`;
    draw();
  };
  const nearest = (event) => {
    const box = canvas.getBoundingClientRect();
    const truth = (event.clientY - box.top) / box.height * classes - 0.5;
    const seen = (event.clientX - box.left) / box.width * classes - 0.5;
    const distance = (cell) => (cell[0] - truth) ** 2 + (cell[1] - seen) ** 2;
    return data.cells.reduce((best, cell) => (distance(cell) < distance(best) ? cell : best));
  };
  // The next cell that holds videos, along the row or column, else in the next of these.
  const go = (axis, step) => {
    if (chosen === null) return choose(data.cells[0]);
    const other = 1 - axis, key = (cell) => cell[other] * classes + cell[axis];
    const further = data.cells.filter((cell) => step * (key(cell) - key(chosen)) > 0);
    if (further.length > 0) choose(further.reduce((a, b) => (step * (key(b) - key(a)) < 0 ? b : a)));
  };
  canvas.addEventListener("pointermove", (event) => choose(nearest(event)));
  canvas.addEventListener("click", (event) => {
    choose(nearest(event));
    openers.cell(`${chosen[0]},${chosen[1]}`);
  });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: [1, 1], ArrowLeft: [1, -1], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (moves[event.key] !== undefined) go(...moves[event.key]);
    else if (event.key === "Enter" && chosen !== null) openers.cell(`${chosen[0]},${chosen[1]}`);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(draw).observe(matrix);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

if (matrix !== null) {
  (data.labels.length > kMostInTable ? matrix_picture : matrix_table)(data.counts);
}
