"use strict";
// What every page has: tables that sort, commands that copy themselves.

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return -1;
    if (typeof b === "number") return 1;
    return a.localeCompare(b, "en", { numeric: true });
  };
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      // Numbers begin with the largest, names with the first.
      const is_number = head.classList.contains("number");
      const before = head.getAttribute("aria-sort");
      const rises = before === null ? !is_number : before === "descending";
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      rows.sort((a, b) => (rises ? 1 : -1) * compare(a[0], b[0]));
      body.append(...rows.map(([, row]) => row));
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", rises ? "ascending" : "descending");
    });
  });
}

for (const button of document.querySelectorAll(".command .copy")) {
  const text = button.parentElement.querySelector("code");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      // A page from disk may not write to the clipboard everywhere: the text is then selected, to be copied.
      getSelection().selectAllChildren(text);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
