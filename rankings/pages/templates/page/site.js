(function () {
  "use strict";
  var table = document.querySelector("table.all");
  var body = table.tBodies[0];
  var head = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var rows = Array.prototype.slice.call(body.rows);
  var search = document.getElementById("search");
  var all = document.getElementById("all");
  var shown = document.getElementById("shown");
  var measure = document.getElementById("measure");
  var tiles = Array.prototype.slice.call(document.querySelectorAll(".tiles [data-measure], caption [data-measure]"));
  var language = document.documentElement.lang;
  function compared() {
    var found = /^#compare=([A-Z,]+)$/.exec(location.hash);
    return found ? found[1].split(",") : null;
  }
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/\u0111/g, "d");
  }
  function show() {
    var only = compared();
    var words = plain(search.value.trim());
    var count = 0;
    var asked = measure ? measure.value : null;
    tiles.forEach(function (tile) { tile.hidden = tile.getAttribute("data-measure") !== asked; });
    rows.forEach(function (row) {
      var code = row.getAttribute("data-code");
      var said = [row.cells[0].textContent, code, row.getAttribute("data-also")].map(plain);
      var found = said.some(function (each) { return each.indexOf(words) >= 0; });
      var other = asked && row.getAttribute("data-measure") && row.getAttribute("data-measure") !== asked;
      row.hidden = (only && only.indexOf(code) < 0) || !found || Boolean(other);
      count += row.hidden ? 0 : 1;
    });
    all.hidden = !only;
    shown.textContent = only || words || asked ? shown.getAttribute("data-said").replace("{shown}", count) : "";
  }
  function key(row, place) {
    var held = row.cells[place].getAttribute("data-key");
    return held === null ? row.cells[place].textContent.trim() : held === "" ? null : Number(held);
  }
  function sort(place) {
    var up = head[place].getAttribute("aria-sort") !== "ascending";
    head.forEach(function (cell) { cell.removeAttribute("aria-sort"); });
    head[place].setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.sort(function (one, two) {
      var a = key(one, place), b = key(two, place);
      if (a === null || b === null) { return (a === null) - (b === null); }
      var order = typeof a === "string" ? a.localeCompare(b, language) : a - b;
      return up ? order : -order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  head.forEach(function (cell, place) {
    if (!cell.hasAttribute("data-sorts")) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent.trim();
    button.addEventListener("click", function () { sort(place); });
    cell.textContent = "";
    cell.appendChild(button);
  });
  search.addEventListener("input", show);
  if (measure) { measure.addEventListener("change", show); }
  window.addEventListener("hashchange", function () {
    show();
    if (compared()) { document.getElementById("table").focus(); }
  });
  document.getElementById("tools").hidden = false;
  show();
})();
