// The page of the explorer: it shows what the kernel answers, and draws the marker that follows a
// slider. Every number comes from the kernel; nothing is calculated here, and nothing is fetched.

const SVG = "http://www.w3.org/2000/svg";
// The fields of the question, and what goes with the old choice, where the page does not say.
const WIDE = ["economy", "measure", "peers"];
const FIELDS = ["measure", "economy", "edition", "since", "as_of", "best", "worst", "by", "peers", "language"].map(
  (name) => ({ name, wide: WIDE.includes(name), rank: name === "best" || name === "worst" }));
const DROPS = { measure: ["edition", "since", "set"], economy: ["edition", "since", "set"], as_of: ["edition", "since", "set"], edition: ["since"] };
// Where the strip of the world stands within its picture, in pixels.
const STRIP = { left: 14, right: 14, top: 34, height: 34 };

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function drawn(tag, attributes = {}, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

// Messages over a widget's line: each answer comes back under the number of its question.
function overWidget(model) {
  const waiting = new Map();
  let next = 1;
  const hear = (message, buffers) => {
    const resolve = waiting.get(message.id);
    waiting.delete(message.id);
    if (resolve) resolve({ ...message, data: buffers && buffers.length ? buffers[0] : null });
  };
  model.on("msg:custom", hear);
  const ask = (message) => new Promise((resolve, reject) => {
    const id = next++;
    const timer = setTimeout(() => { waiting.delete(id); reject(new Error("no answer")); }, 60000);
    waiting.set(id, (reply) => { clearTimeout(timer); resolve(reply); });
    model.send({ ...message, id });
  });
  return { ask, close: () => model.off("msg:custom", hear) };
}

export class Page {
  // root: where to draw; ask: message -> promise of its answer; start: the first page, finished;
  // own: whether the address of the window is the explorer's.
  constructor(root, ask, start, own) {
    this.root = root;
    this.own = own;
    this.ask = async (message) => {
      try {
        return await ask(message);
      } catch {
        return { kind: "refusal", text: this.page.words.lost };
      }
    };
    // Several explorers may stand in one notebook: each has names of its own.
    window.rankingsExplorers = (window.rankingsExplorers || 0) + 1;
    this.prefix = window.rankingsExplorers === 1 ? "rk-" : `rk${window.rankingsExplorers}-`;
    this.queue = [];
    this.busy = false;
    this.moving = false;
    this.pending = null;
    this.wanted = null; // the question asked and not yet answered
    this.serial = 0; // of questions asked: only the newest one's answer is shown
    this.turn = 0; // of pages shown: numbers and views of an earlier page are not shown on this one
    this.times = [];
    this.formats = new Map();
    this.unfolded = new Set();
    root.addEventListener("toggle", (event) => this.toggled(event.target), true);
    this.watch = new IntersectionObserver((seen) => this.seen(seen), { rootMargin: "300px" });
    this.resize = new ResizeObserver(() => this.strip());
    this.back = () => {
      // A jump within the page is no other question.
      if (this.written(this.query) !== window.location.pathname + window.location.search) this.open(this.address(), false);
    };
    if (own) window.addEventListener("popstate", this.back);
    this.show(start);
    this.write(false);
    if (start.refused) this.say(start.refused, true);
  }

  close() {
    this.watch.disconnect();
    this.resize.disconnect();
    window.removeEventListener("popstate", this.back);
  }

  // ---- the address -------------------------------------------------------------------------

  address() {
    const query = Object.fromEntries(new URLSearchParams(window.location.search));
    delete query.token; // Jupyter's own; it has done its work and is not for sending on
    return query;
  }

  written(query) {
    return `${window.location.pathname}?${new URLSearchParams(query)}`;
  }

  write(push) {
    if (!this.own) return;
    const target = this.written(this.query);
    if (target === window.location.pathname + window.location.search) return;
    window.history[push ? "pushState" : "replaceState"](null, "", target);
  }

  // ---- the question ------------------------------------------------------------------------

  // The whole page for another question; the old one stays where there is no answer.
  async open(query, push = true) {
    const serial = ++this.serial;
    this.wanted = query;
    this.say(this.page.words.busy);
    const reply = await this.ask({ kind: "open", query });
    if (serial !== this.serial) return;
    this.wanted = null;
    if (reply.kind === "refusal") {
      this.say(reply.text, true);
      this.settle();
      return;
    }
    this.show(reply.page);
    this.write(push);
  }

  change(name, value) {
    // On top of what was asked just before, answered or not.
    const query = { ...(this.wanted ?? this.asked()) };
    if (name === "best" || name === "worst") {
      const [best, worst] = [this.fields.best.value, this.fields.worst.value];
      if (!(Number(best) <= Number(worst))) {
        // Half of a change: the other field is still to come.
        this.say(this.page.words.order, true);
        return;
      }
      query.band = `${best}:${worst}`;
    } else {
      query[name] = value;
    }
    // What belongs to the old choice goes with it.
    for (const key of (this.page.drops ?? DROPS)[name] ?? []) delete query[key];
    if (name === "as_of" && Number(query.by ?? this.page.values.by) <= Number(value)) delete query.by;
    this.open(query);
  }

  // ---- drawing the page --------------------------------------------------------------------

  show(page) {
    this.page = page;
    this.query = page.query;
    this.turn += 1;
    this.moving = false;
    this.pending = null;
    const active = this.root.contains(document.activeElement) ? document.activeElement : null;
    const typed = active && active.type === "number" ? active.value : null;
    this.shown = new Map();
    this.queue = [];
    this.root.lang = page.language;
    if (this.own) {
      document.title = page.words.title;
      document.documentElement.lang = page.language;
    }
    this.watch.disconnect();
    this.resize.disconnect();
    const skip = this.own ? [element("a", { class: "skip", href: `#${this.prefix}views`, on: { click: (event) => {
      event.preventDefault();
      this.root.querySelector(".views").focus();
    } } }, page.words.skip)] : [];
    this.root.replaceChildren(...skip, this.head(), this.whatif(), this.views());
    this.resize.observe(this.canvas);
    this.live(page.live);
    this.settle();
    for (const card of this.root.querySelectorAll(".view")) this.watch.observe(card);
    // Whoever had the focus has it again, with what was being typed.
    const again = active && active.id ? this.root.querySelector(`#${CSS.escape(active.id)}`) : null;
    if (again) {
      again.focus({ preventScroll: true });
      if (typed !== null) again.value = typed;
    }
    this.root.dataset.ready = String(this.serial);
  }

  head() {
    const { words, choices, values } = this.page;
    this.fields = {};
    const choose = (name, label, wide) => this.labelled(name, label, element(
      "select", { on: { change: (event) => this.change(name, event.target.value) } },
      ...choices[name].map(({ value, label: said }) => {
        const option = element("option", { value }, said);
        option.selected = value === values[name];
        return option;
      }),
    ), wide);
    const number = (name, label) => this.labelled(name, label, element("input", {
      type: "number", min: 1, max: this.page.strip.most ?? this.page.strip.of, step: 1, value: values[name], inputmode: "numeric",
      on: { change: (event) => this.change(name, event.target.value) },
    }));
    this.status = element("p", { class: "status", role: "status" });
    this.spoken = element("p", { class: "spoken", role: "status" });
    return element("header", { class: "ask" },
      element("h1", {}, words.title),
      element("form", { class: "fields", "aria-label": words.question, on: { submit: (event) => event.preventDefault() } },
        ...(this.page.fields ?? FIELDS).map(({ name, wide, rank }) => rank ? number(name, words[name]) : choose(name, words[name], wide))),
      this.status, this.spoken,
      element("div", { class: "answer" }, ...this.page.answer.map((text, i) => element("p", { class: i ? "" : "first" }, text))),
    );
  }

  labelled(name, label, input, wide = false) {
    input.id = `${this.prefix}${name}`;
    input.name = name;
    this.fields[name] = input;
    return element("div", { class: wide ? "field wide" : "field" }, element("label", { for: input.id }, label), input);
  }

  // ---- what if -----------------------------------------------------------------------------

  whatif() {
    const { words, levers, values, measures } = this.page;
    this.sliders = new Map();
    this.settings = new Map();
    for (const lever of levers) if (lever.value !== lever.now) this.settings.set(lever.lever, lever.value);
    const parts = levers.filter((lever) => lever.kind === "sub-index");
    const below = (part) => levers.filter((lever) => lever.kind !== "sub-index" && lever.component === part);
    this.groups = new Map();
    const groups = this.page.groups ? this.page.groups.map((group) => this.group(group, below(group.name))) : parts.map((part) => {
      const drivers = below(part.lever);
      return element("div", { class: "lever-group" }, this.slider(part), drivers.length ? element(
        "details", { "data-key": `drivers-${part.lever}`, open: this.unfolded.has(`drivers-${part.lever}`) || drivers.some((each) => this.settings.has(each.lever)) },
        element("summary", {}, words.drivers.replace("{measure}", measures[part.lever])),
        ...drivers.map((driver) => this.slider(driver)),
      ) : null);
    });
    const choice = (name, label) => {
      const input = element("input", { type: "radio", name: `${this.prefix}others`, value: name, id: `${this.prefix}others-${name}`, on: { change: () => this.move() } });
      input.checked = values.others === name;
      return element("span", { class: "choice" }, input, element("label", { for: input.id }, label));
    };
    this.tiles = element("div", { class: "tiles" });
    this.canvas = element("div", { class: "strip" });
    this.terms = element("div", { class: "terms" });
    this.dialSaid = element("div", { class: "dial-said" });
    this.chanceOut = element("span", { class: "value" });
    this.dial = element("input", {
      type: "range", id: `${this.prefix}chance`, min: 1, max: 99, step: 1, value: values.chance,
      on: { input: () => this.move() },
    });
    // Against scores held still there is one rank: no chance to ask for, and no others to move.
    const drawn = this.page.live.dial !== null;
    return element("section", { class: "whatif", "aria-labelledby": `${this.prefix}whatif` },
      element("div", { class: "result" },
        element("h2", { id: `${this.prefix}whatif` }, words.levers),
        this.tiles, this.canvas,
        drawn ? element("fieldset", {}, element("legend", {}, words.others), choice("moving", words.moving), choice("held", words.held)) : null,
        this.terms,
      ),
      element("div", { class: "levers" },
        element("p", { class: "hint" }, words.levers_help),
        ...groups,
        levers.length ? element("button", { type: "button", class: "reset", on: { click: () => this.reset() } }, words.reset) : null,
        drawn ? element("div", { class: "dial" },
          element("h3", {}, words.dial),
          element("label", { for: `${this.prefix}chance` }, words.chance), this.chanceOut, this.dial, this.dialSaid) : null,
      ),
    );
  }

  // Sliders of a part of an index, folded, the part's value beside its name; unfolded without one.
  group({ name, label }, levers) {
    const sliders = levers.map((lever) => this.slider(lever));
    if (!label) return element("div", { class: "lever-group" }, ...sliders);
    const out = element("span", { class: "value" });
    this.groups.set(name, out);
    const key = `group-${name}`;
    const open = this.unfolded.has(key) || levers.some((each) => this.settings.has(each.lever));
    return element("details", { class: "lever-group", "data-key": key, open },
      element("summary", {}, element("span", {}, label), out), ...sliders);
  }

  slider(lever) {
    const { words } = this.page;
    const id = `${this.prefix}lever-${lever.lever}`;
    const out = element("span", { class: "value" });
    const input = element("input", {
      type: "range", id, name: lever.lever, min: lever.low, max: lever.high, step: lever.step,
      disabled: !lever.available, "aria-describedby": `${id}-about`,
      on: { input: () => this.set(lever, Number(input.value)) },
    });
    input.value = lever.value ?? lever.low;
    const about = [lever.unit, String(lever.edition), lever.cap ? words.cap.replace("{cap}", lever.cap) : "", lever.why_not];
    const marked = lever.now === null ? null : element("span", { class: "mark", "aria-hidden": "true" });
    if (marked) marked.style.left = `calc(0.5rem + ${(lever.now - lever.low) / (lever.high - lever.low)} * (100% - 1rem))`;
    this.sliders.set(lever.lever, { lever, input, out });
    const row = element("div", { class: `slider ${lever.kind === "sub-index" ? "part" : "driver"}` },
      element("label", { for: id }, lever.label), out,
      element("div", { class: "track" }, marked, input),
      element("small", { id: `${id}-about` }, about.filter(Boolean).join(" · ")));
    return row;
  }

  format(lever, value) {
    if (value === null || value === undefined) return "–";
    // Making a format costs more than using it, and each move shows many numbers.
    const key = `${this.page.language} ${lever.digits}`;
    if (!this.formats.has(key)) {
      this.formats.set(key, new Intl.NumberFormat(this.page.language, { minimumFractionDigits: lever.digits, maximumFractionDigits: lever.digits }));
    }
    return this.formats.get(key).format(value);
  }

  set(lever, value) {
    // A sub-index set by hand and a driver of it at once would be two answers to one question.
    for (const { lever: other } of this.sliders.values()) {
      const kin = lever.kind === "sub-index" ? other.component === lever.lever : other.lever === lever.component;
      if (kin && other.lever !== lever.lever && this.settings.delete(other.lever)) this.place(other.lever, other.now);
    }
    // On the mark of the published value means: as published.
    if (lever.now !== null && Math.abs(value - lever.now) < lever.step / 2) this.settings.delete(lever.lever);
    else this.settings.set(lever.lever, value);
    this.place(lever.lever, this.settings.get(lever.lever) ?? lever.now, true);
    this.move();
  }

  place(name, value, keep = false) {
    const { lever, input, out } = this.sliders.get(name);
    if (!keep) input.value = value ?? lever.low;
    const said = this.format(lever, value);
    out.textContent = this.settings.has(name) ? `${said} (${this.format(lever, lever.now)})` : said;
    input.setAttribute("aria-valuetext", `${said}, ${this.page.words.now} ${this.format(lever, lever.now)}`);
    out.classList.toggle("set", this.settings.has(name));
  }

  reset() {
    this.settings.clear();
    for (const { lever } of this.sliders.values()) this.place(lever.lever, lever.now);
    this.move();
  }

  asked() {
    const query = { ...this.query };
    const set = [...this.settings].map(([name, value]) => `${name}:${Number(value.toPrecision(6))}`).join(",");
    if (set) query.set = set; else delete query.set;
    const others = this.root.querySelector(".choice input:checked");
    if (others) {
      query.others = others.value;
      query.chance = this.dial.value;
    }
    return query;
  }

  // A slider sends many values: while one is being worked out only the newest waits.
  async move() {
    this.pending = { query: this.asked(), at: performance.now() };
    if (this.moving) return;
    this.moving = true;
    const turn = this.turn;
    while (this.pending && turn === this.turn) {
      const { query, at } = this.pending;
      this.pending = null;
      // Unfolded tables follow each move; folded ones are asked for when they are opened.
      const full = this.terms.querySelector("details[open]") !== null;
      const reply = await this.ask({ kind: "move", query, full });
      // A page of another question has come meanwhile: these numbers are not its own.
      if (turn !== this.turn) return;
      if (reply.kind === "refusal") this.say(reply.text, true);
      else {
        this.say(this.wanted ? this.page.words.busy : "");
        this.query = reply.live.query;
        this.live(reply.live);
        this.write(false);
        this.speak();
        requestAnimationFrame(() => setTimeout(() => this.timed(performance.now() - at)));
      }
    }
    this.moving = false;
    this.draw();
  }

  // From a slider's move to the numbers and the marker on the screen, for who wants to measure.
  timed(milliseconds) {
    this.times.push(milliseconds);
    this.root.dataset.moved = String(this.times.length);
    this.root.dataset.milliseconds = this.times.map((each) => each.toFixed(1)).join(" ");
  }

  live(live) {
    const { words } = this.page;
    this.now = live;
    const tile = (label, [before, after], says) => element("div", { class: "tile" },
      element("span", { class: "label" }, label),
      element("strong", {}, after),
      before === after ? null : element("span", { class: "was" }, `${words.now} ${before}`),
      says ? element("small", {}, says) : null);
    const tiles = [
      tile(words.score, live.score, this.page.strip.label),
      tile(words.rank, live.rank, live.rank_says),
      tile(live.reach_label, live.reach, live.reach_says),
    ];
    tiles[0].dataset.name = "score"; tiles[1].dataset.name = "rank"; tiles[2].dataset.name = "reach";
    this.tiles.replaceChildren(...tiles);
    for (const { lever, input } of this.sliders.values()) {
      const part = lever.kind === "sub-index" ? live.parts[lever.lever] : null;
      if (part && !this.settings.has(lever.lever)) {
        if (document.activeElement !== input) input.value = part.value;
        // Moved by a driver below it: the published value stands beside it.
        const moved = lever.now !== null && Math.abs(part.value - lever.now) > 1e-9;
        this.sliders.get(lever.lever).out.textContent = moved ? `${part.text} (${this.format(lever, lever.now)})` : part.text;
        input.setAttribute("aria-valuetext", `${part.text}, ${words.now} ${this.format(lever, lever.now)}`);
      } else if (!part) this.place(lever.lever, this.settings.get(lever.lever) ?? lever.now, document.activeElement === input);
      else this.place(lever.lever, this.settings.get(lever.lever), true);
    }
    for (const [name, out] of this.groups) {
      const part = live.parts[name];
      out.textContent = part ? `${part.text} · ${part.place}` : "";
      out.classList.toggle("set", Boolean(part?.moved));
    }
    if (live.dial) {
      this.chanceOut.textContent = `${this.dial.value} %`;
      this.dialSaid.replaceChildren(element("p", {}, live.dial.told), ...(live.dial.who ? [element("p", { class: "who" }, live.dial.who)] : []));
    }
    if (live.full) {
      const { note, source, tables, code, command } = live.full;
      const parts = {
        "whatif-table": [words.table, this.html(tables)],
        "whatif-code": [words.code, this.code(code)],
        "whatif-command": [words.command, this.code(command)],
        "whatif-terms": [words.terms, element("div", {}, element("p", {}, note), element("p", { class: "source" }, source))],
      };
      for (const [key, [title, content]] of Object.entries(parts)) {
        // Only what is inside changes: the fold and the focus stay.
        const fold = this.terms.querySelector(`[data-key="${key}"]`);
        if (fold) fold.lastElementChild.replaceWith(content);
        else this.terms.append(this.folded(key, title, content));
      }
    }
    this.stale = !live.full;
    this.strip();
  }

  bandNamed([best, worst]) {
    return `${this.page.words.band} ${best === worst ? best : `${best}–${worst}`}`;
  }

  // The world by rank, the band, and the economy's marker: now (open) and what if (full).
  strip() {
    if (!this.now || !this.canvas.isConnected) return;
    const width = Math.max(280, this.canvas.clientWidth);
    // What does not follow a slider is drawn once for a page and a width.
    if (this.drawnFor !== `${this.turn} ${width}`) {
      this.drawnFor = `${this.turn} ${width}`;
      this.world(width);
    }
    const svg = this.canvas.firstElementChild;
    svg.setAttribute("aria-label", this.told());
    svg.lastElementChild.replaceChildren(...this.marks(width));
    for (const text of svg.lastElementChild.querySelectorAll(".after-ink")) this.inside(text, width);
  }

  at(rank, width) {
    return STRIP.left + (rank - 1) / Math.max(1, this.page.strip.of - 1) * (width - STRIP.left - STRIP.right);
  }

  // A word at an end of the strip is moved into it.
  inside(text, width) {
    const box = text.getBBox();
    const shift = Math.max(0, -box.x) - Math.max(0, box.x + box.width - width);
    text.setAttribute("x", Number(text.getAttribute("x")) + shift);
  }

  world(width) {
    const { strip, words } = this.page;
    const { left, top, height } = STRIP;
    const svg = drawn("svg", { width, height: 112, viewBox: `0 0 ${width} 112`, role: "img" });
    this.canvas.replaceChildren(svg); // where letters are has to be known
    const [best, worst] = strip.band ?? [];
    if (strip.band) {
      const start = this.at(best - 0.5, width);
      const name = drawn("text", { class: "band-ink", x: (this.at(best, width) + this.at(worst, width)) / 2, y: 12, "text-anchor": "middle" }, this.bandNamed(strip.band));
      svg.append(drawn("rect", { class: "band", x: start, y: top - 8, width: this.at(worst + 0.5, width) - start, height: height + 16 }), name);
      this.inside(name, width);
    }
    const peers = new Set(strip.peers);
    strip.ranks.forEach((rank, i) => {
      if (strip.codes[i] === strip.economy) return;
      const x = this.at(rank, width);
      const node = peers.has(strip.codes[i])
        ? drawn("circle", { class: "peer", cx: x, cy: top + height / 2, r: 4.5 })
        : drawn("line", { class: "world", x1: x, x2: x, y1: top + 6, y2: top + height - 6 });
      node.append(drawn("title", {}, `${strip.names[i]}: ${rank}`));
      svg.append(node);
    });
    for (const rank of [1, 50, 100, 150, strip.of]) {
      if (rank > strip.of || (rank !== strip.of && strip.of - rank < 12)) continue;
      svg.append(drawn("text", { class: "axis", x: this.at(rank, width), y: top + height + 24, "text-anchor": rank === 1 ? "start" : rank === strip.of ? "end" : "middle" }, String(rank)));
    }
    svg.append(drawn("text", { class: "axis", x: left, y: top + height + 41 }, `${words.rank_axis}, ${strip.label}`));
    svg.append(drawn("g"));
  }

  marks(width) {
    const { ranks, moving } = this.now;
    const { top, height } = STRIP;
    const middle = top + height / 2;
    const found = [];
    if (moving) found.push(drawn("line", { class: "spread", x1: this.at(ranks.low, width), x2: this.at(ranks.high, width), y1: middle, y2: middle }));
    if (ranks.before !== null && ranks.before !== ranks.after) found.push(drawn("circle", { class: "before", cx: this.at(ranks.before, width), cy: middle, r: 7 }));
    if (ranks.after === null) return found;
    found.push(drawn("circle", { class: "after", cx: this.at(ranks.after, width), cy: middle, r: 8, "data-rank": ranks.after }));
    found.push(drawn("text", { class: "after-ink", x: this.at(ranks.after, width), y: top - 10 + 2, "text-anchor": "middle" }, `${this.page.strip.name} ${ranks.after}`));
    return found;
  }

  told() {
    const { words, strip } = this.page;
    const [before, after] = this.now.rank;
    const change = before === after ? after : `${words.now} ${before}, ${words.yours} ${after}`;
    const told = `${words.strip} ${strip.name}: ${change}.`;
    return strip.band ? `${told} ${this.bandNamed(strip.band)}.` : told;
  }

  // ---- views -------------------------------------------------------------------------------

  views() {
    const { words, views } = this.page;
    const inside = element("div", { class: "views", id: `${this.prefix}views`, tabindex: "-1" });
    const menu = element("nav", { "aria-label": words.views }, element("ul", {}, ...views.map(({ name, title }) =>
      element("li", {}, element("a", { href: `#${this.prefix}view-${name}`, on: { click: (event) => {
        event.preventDefault();
        const card = this.root.querySelector(`#${this.prefix}view-${name}`);
        card.scrollIntoView({ block: "start" });
        card.querySelector("h2").focus({ preventScroll: true });
      } } }, title)))));
    inside.append(menu, element("div", { class: "cards" }, ...views.map(({ name, title }) => {
      const card = element("section", { class: "view", id: `${this.prefix}view-${name}`, "aria-labelledby": `${this.prefix}view-${name}-h` },
        element("h2", { id: `${this.prefix}view-${name}-h`, tabindex: "-1" }, title),
        element("div", { class: "inside", "aria-busy": "true" }, element("p", { class: "wait" }, words.busy)));
      card.dataset.name = name;
      return card;
    })));
    return inside;
  }

  seen(entries) {
    for (const { isIntersecting, target } of entries) {
      const name = target.dataset.name;
      if (!isIntersecting || this.shown.has(name)) continue;
      this.shown.set(name, "queued");
      this.watch.unobserve(target);
      this.queue.push(name);
    }
    this.draw();
  }

  // Views are asked for one by one, and never while a slider waits for its answer.
  async draw() {
    if (this.busy || this.moving) return;
    const name = this.queue.shift();
    if (name === undefined) return;
    this.busy = true;
    const turn = this.turn;
    const begun = performance.now();
    const query = this.query;
    const reply = await this.ask({ kind: "view", query, name });
    this.busy = false;
    if (turn === this.turn) this.fill(name, query, reply, performance.now() - begun);
    this.draw();
  }

  fill(name, query, reply, milliseconds) {
    const card = this.root.querySelector(`#${this.prefix}view-${name}`);
    const inside = card.querySelector(".inside");
    const { words } = this.page;
    inside.setAttribute("aria-busy", "false");
    card.dataset.milliseconds = milliseconds.toFixed(0);
    if (reply.kind === "refusal") {
      inside.replaceChildren(element("p", { class: "refusal" }, reply.text));
      return;
    }
    const parts = [];
    if (reply.data) {
      const image = element("img", { alt: reply.alt, width: reply.width, height: reply.height });
      image.src = URL.createObjectURL(new Blob([reply.data], { type: "image/png" }));
      image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
      parts.push(element("figure", {}, image));
    }
    for (const { kind, text } of reply.said) parts.push(...text.map((line) => element("p", { class: `said ${kind}` }, line)));
    const alone = !reply.data;
    if (alone) this.unfolded.add(`${name}-table`);
    if (reply.tables.length) parts.push(this.folded(`${name}-table`, words.table, this.tables(name, query, reply.tables)));
    parts.push(this.folded(`${name}-code`, words.code, this.code(reply.code)));
    const files = [...(reply.tables.length ? ["csv"] : []), ...(alone ? [] : ["png", "svg"])];
    if (files.length) {
      const title = card.querySelector("h2").textContent;
      parts.push(element("p", { class: "files" }, `${words.download} `, ...files.map((format) => this.file(name, query, format, 0, title))));
    }
    inside.replaceChildren(...parts);
    card.dataset.filled = "true";
  }

  file(name, query, format, table, title) {
    return element("button", {
      type: "button", "data-format": format, "aria-label": `${this.page.words.download} ${format.toUpperCase()}: ${title}`,
      on: { click: () => this.save(name, query, format, table) },
    }, format.toUpperCase());
  }

  // Where a view has several tables, each has its file below it.
  tables(name, query, tables) {
    const node = this.html(tables);
    if (tables.length > 1) {
      for (const [place, table] of [...node.querySelectorAll(".rk-table")].entries()) {
        const title = table.querySelector("caption")?.textContent ?? name;
        table.append(element("p", { class: "files" }, this.file(name, query, "csv", place, title)));
      }
    }
    return node;
  }

  async save(name, query, format, table) {
    const reply = await this.ask({ kind: "file", query, name, format, table });
    if (reply.kind === "refusal") return this.say(reply.text, true);
    const kinds = { csv: "text/csv;charset=utf-8", png: "image/png", svg: "image/svg+xml" };
    const link = element("a", { download: reply.file, href: URL.createObjectURL(new Blob([reply.data], { type: kinds[format] })) });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // ---- small parts -------------------------------------------------------------------------

  folded(key, title, content) {
    return element("details", { "data-key": key, open: this.unfolded.has(key) }, element("summary", {}, title), content);
  }

  toggled(fold) {
    const key = fold.dataset?.key;
    if (!key || !fold.isConnected) return;
    if (fold.open) this.unfolded.add(key); else this.unfolded.delete(key);
    if (fold.open && this.stale && this.terms.contains(fold)) this.move();
  }

  // For who does not see the marker: the result of the last move, once it rests.
  speak() {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      const { score, rank, reach, reach_label: label } = this.now;
      this.spoken.textContent = `${this.page.words.score} ${score[1]}, ${this.page.words.rank} ${rank[1]}, ${label} ${reach[1]}`;
    }, 800);
  }

  // Tables come as HTML that the package has written and escaped.
  html(tables) {
    const node = element("div", { class: "tables" });
    node.innerHTML = tables.join("");
    return node;
  }

  code(text) {
    const { words } = this.page;
    const button = element("button", { type: "button", on: { click: () => this.copy(text, button) } }, words.copy);
    return element("div", { class: "code" }, element("pre", { tabindex: "0" }, element("code", {}, text)), button);
  }

  async copy(text, button) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = element("textarea", { readonly: true }, text);
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = this.page.words.copied;
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  say(text, refused = false) {
    this.status.textContent = text;
    this.status.classList.toggle("refused", refused);
    if (refused) this.status.setAttribute("role", "alert"); else this.status.setAttribute("role", "status");
  }

  // The link stands where a message was; the fields say again what is shown.
  settle() {
    const { words, values } = this.page;
    for (const [name, field] of Object.entries(this.fields)) {
      const typing = field.type === "number" && field === document.activeElement;
      if (values[name] !== undefined && !typing) field.value = values[name];
    }
    if (this.status.classList.contains("refused")) return;
    this.say("");
    if (!this.own) return;
    const button = element("button", { type: "button", class: "link", on: {
      click: () => this.copy(window.location.origin + this.written(this.query), button) } }, words.link);
    this.root.querySelector(".ask .link")?.remove();
    this.root.querySelector(".ask h1").after(button);
  }
}

export default {
  render({ model, el }) {
    const root = element("div", { class: "rk-explorer" });
    el.append(root);
    const line = overWidget(model);
    const page = new Page(root, line.ask, model.get("start"), false);
    return () => { page.close(); line.close(); };
  },
};
