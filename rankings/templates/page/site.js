(function () {
  "use strict";
  var table = document.querySelector("table.all");
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var search = document.getElementById("search");
  var all = document.getElementById("all");
  function compared() {
    var found = /^#compare=([A-Z,]+)$/.exec(location.hash);
    return found ? found[1].split(",") : null;
  }
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }
  function show() {
    var only = compared();
    var words = plain(search.value.trim());
    rows.forEach(function (row) {
      var code = row.getAttribute("data-code");
      var said = plain(row.cells[0].textContent + " " + code);
      row.hidden = (only && only.indexOf(code) < 0) || said.indexOf(words) < 0;
    });
    all.hidden = !only;
  }
  function sort(place, button) {
    var down = button.getAttribute("data-down") !== "1";
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
      cell.removeAttribute("aria-sort");
      var other = cell.querySelector("button");
      if (other && other !== button) { other.removeAttribute("data-down"); }
    });
    button.setAttribute("data-down", down ? "1" : "0");
    button.parentNode.setAttribute("aria-sort", down ? "ascending" : "descending");
    function key(row) {
      var held = row.cells[place].getAttribute("data-key");
      return held === null ? row.cells[place].textContent.trim() : held === "" ? null : Number(held);
    }
    rows.sort(function (one, two) {
      var a = key(one), b = key(two);
      if (a === null || b === null) { return (a === null) - (b === null); }
      var order = typeof a === "string" ? a.localeCompare(b) : a - b;
      return down ? order : -order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, place) {
    if (!cell.hasAttribute("data-sorts")) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent.trim();
    button.addEventListener("click", function () { sort(place, button); });
    cell.textContent = "";
    cell.appendChild(button);
  });
  search.addEventListener("input", show);
  window.addEventListener("hashchange", show);
  document.getElementById("tools").hidden = false;
  show();
})();
