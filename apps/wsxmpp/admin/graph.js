// A graph of the last minutes: a headline, lines over time, and what they were at the point that is looked at.
const svgNamespace = 'http://www.w3.org/2000/svg';
const height = 132;
const margin = { top: 8, right: 8, bottom: 20, left: 54 };

export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  Object.assign(node, properties);
  node.append(...children);
  return node;
}

function shape(name, attributes = {}) {
  const node = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// The top of the scale: a round number, half of which is one, too; not below `least`.
export function niceTop(value, least) {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 1.5, 2, 3, 4, 5, 8, 10].find((factor) => factor * power >= wanted * (1 - 1e-9));
  return step * power;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export class Graph {
  // `series`: what each line is called, which column of a row it shows, and its class in the style sheet. `format`: a
  // value as text; `scale`: beside the lines. `least`: the least top of the scale.
  constructor({ title, series, format, scale = format, least, headline }) {
    this.series = series.map((entry) => ({ ...entry }));
    this.format = format;
    this.scale = scale;
    this.least = least;
    this.headline = headline;
    this.rows = [];
    this.seconds = 300;
    this.pointed = null;

    this.figure = element('strong', { textContent: '–' });
    this.aside = element('span', { className: 'aside' });
    this.when = element('span', { className: 'when' });
    this.legend = element('ul', { className: 'legend' });
    for (const entry of this.series) {
      entry.value = element('b', { textContent: '–' });
      const key = element('i', { className: `key ${entry.kind}` });
      key.setAttribute('aria-hidden', 'true');
      this.legend.append(element('li', {}, key, `${entry.label} `, entry.value));
    }
    this.svg = shape('svg', { role: 'img', tabindex: '0' });
    this.title = title;
    this.node = element('article', { className: 'graph' },
      element('h3', { textContent: title }),
      element('p', { className: 'headline' }, this.figure, ' ', this.aside),
      this.svg, element('div', { className: 'below' }, this.legend, this.when));

    this.grid = shape('g', { class: 'grid' });
    this.lines = shape('g');
    this.cross = shape('line', { class: 'cross', y1: margin.top, y2: height - margin.bottom, visibility: 'hidden' });
    this.svg.append(this.grid, this.lines, this.cross);
    for (const entry of this.series) {
      if (entry.area) this.lines.append(entry.fill = shape('path', { class: `area ${entry.kind}` }));
      this.lines.append(entry.path = shape('path', { class: `line ${entry.kind}` }));
    }
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  listen() {
    const point = (event) => {
      const box = this.svg.getBoundingClientRect();
      this.point(this.nearest(event.clientX - box.left));
    };
    this.svg.addEventListener('pointermove', point);
    this.svg.addEventListener('pointerdown', point);
    this.svg.addEventListener('pointerleave', () => this.point(null));
    this.svg.addEventListener('blur', () => this.point(null));
    this.svg.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === 'Escape') this.point(null);
      if (!step) return;
      event.preventDefault();
      const shown = this.shown();
      const at = shown.findIndex((row) => row.number === this.pointed);
      const next = at < 0 ? shown.length - 1 : Math.min(Math.max(at + step, 0), shown.length - 1);
      this.point(shown[next]?.number ?? null);
    });
  }

  update(rows, seconds) {
    this.rows = rows;
    this.seconds = seconds;
    this.draw();
  }

  last() {
    return this.rows[this.rows.length - 1];
  }

  // The rows in view. Places go by the time of a row, so that a gap stays one.
  shown() {
    const end = this.last()?.time ?? 0;
    return this.rows.filter((row) => row.time > end - this.seconds);
  }

  x(row) {
    return margin.left + (this.width - margin.left - margin.right) * (1 - (this.last().time - row.time) / this.seconds);
  }

  nearest(x) {
    let best = null;
    for (const row of this.shown())
      if (best === null || Math.abs(this.x(row) - x) < Math.abs(this.x(best) - x)) best = row;
    return best?.number ?? null;
  }

  point(number) {
    this.pointed = number;
    this.tell();
  }

  draw() {
    this.width = this.svg.clientWidth;
    if (!this.width) return;
    this.svg.setAttribute('viewBox', `0 0 ${this.width} ${height}`);
    const shown = this.shown();
    const most = Math.max(0, ...shown.flatMap((row) => this.series.map((entry) => row[entry.column] ?? 0)));
    const top = niceTop(most, this.least);
    const y = (value) => height - margin.bottom - (height - margin.top - margin.bottom) * (value / top);
    this.drawGrid(top, y);
    for (const entry of this.series) {
      const runs = this.runs(shown, entry.column);
      const through = (run) => run.map((row) => `${this.x(row).toFixed(1)},${y(row[entry.column]).toFixed(1)}`);
      const line = runs.map((run) => `M${through(run).join('L')}${run.length === 1 ? 'h.1' : ''}`);
      entry.path.setAttribute('d', line.join(''));
      entry.fill?.setAttribute('d', runs.map((run) =>
        `M${through(run).join('L')}V${y(0)}H${this.x(run[0]).toFixed(1)}Z`).join(''));
    }
    this.tell();
  }

  // Rows that follow one another and have a value.
  runs(rows, column) {
    const runs = [];
    let before = null;
    for (const row of rows) {
      const has = row[column] !== null && row[column] !== undefined;
      if (has && before && row.time - before.time < 5) runs[runs.length - 1].push(row);
      else if (has) runs.push([row]);
      before = has ? row : null;
    }
    return runs;
  }

  drawGrid(top, y) {
    const nodes = [];
    for (const share of [0, 0.5, 1]) {
      const at = y(top * share);
      nodes.push(shape('line', { x1: margin.left, x2: this.width - margin.right, y1: at, y2: at }));
      const label = shape('text', { x: margin.left - 8, y: at + 4, 'text-anchor': 'end' });
      label.textContent = this.scale(top * share);
      nodes.push(label);
    }
    for (const [share, anchor] of [[0, 'start'], [0.5, 'middle'], [1, 'end']]) {
      const label = shape('text', {
        x: margin.left + (this.width - margin.left - margin.right) * share, y: height - 4, 'text-anchor': anchor,
      });
      const ago = this.seconds * (1 - share);
      label.textContent = ago === 0 ? 'now' : ago < 60 ? `−${ago} s` : `−${ago / 60} min`;
      nodes.push(label);
    }
    this.grid.replaceChildren(...nodes);
  }

  // The headline is of now, the legend of the point that is looked at.
  tell() {
    const last = this.last();
    if (!last || !this.width) return;
    const looked = this.rows.find((row) => row.number === this.pointed);
    const row = looked ?? last;
    const { figure, aside } = this.headline(last);
    this.figure.textContent = figure;
    this.aside.textContent = aside;
    for (const entry of this.series) entry.value.textContent = this.format(row[entry.column]);
    this.when.textContent = looked ? clock.format(row.time * 1000) : '';
    this.cross.setAttribute('visibility', looked ? 'visible' : 'hidden');
    if (looked) for (const end of ['x1', 'x2']) this.cross.setAttribute(end, this.x(row));
    this.svg.setAttribute('aria-label', `${this.title}, ${looked ? clock.format(row.time * 1000) : 'now'}: ` +
      this.series.map((entry) => `${entry.label} ${this.format(row[entry.column])}`).join(', ') +
      '. Arrow keys look at other moments.');
  }
}
