"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const status = document.getElementById("sorted");
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", other === head ? order : "none"));
      const sign = order === "ascending" ? 1 : -1;
      const isNumber = head.classList.contains("number");
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const keyed = [...body.rows].map((row) => [key(row), row]);
      keyed.sort(([a], [b]) => {
        // Cells without a value come last, whatever the order.
        if (a === "" || b === "") return (a === "") - (b === "");
        return sign * (isNumber ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true }));
      });
      body.append(...keyed.map(([, row]) => row));
      status.textContent = `Sorted by ${head.textContent}, ${order}`;
    });
  });
}
for (const button of document.querySelectorAll("button.fold")) {
  button.addEventListener("click", () => {
    const isOpen = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(isOpen));
    button.textContent = isOpen ? "Fold all" : "Unfold all";
    const tree = document.getElementById(button.getAttribute("aria-controls"));
    for (const part of tree.querySelectorAll("details")) part.open = isOpen;
  });
}
