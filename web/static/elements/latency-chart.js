// Draws response times with uPlot, where the page has loaded it: lines, the band between, outages behind.

const HEIGHT = 220;
const SMALL = 180;
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6];

function colour(element) {
  return getComputedStyle(element).color;
}

class LatencyChart extends HTMLElement {
  #plot;
  #sizes;

  connectedCallback() {
    if (typeof uPlot === "undefined") return;
    this.box = this.querySelector(".plot");
    this.still = [...this.box.children];
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.onchange = () => this.#draw();
    this.#sizes = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
    this.#sizes.observe(this.box);
    this.#draw();
  }

  disconnectedCallback() {
    this.#sizes?.disconnect();
    this.#plot?.destroy();
  }

  /** Take the numbers of a newer page; the element itself stays. */
  renewFrom(next) {
    if (!this.#plot) return true;
    const before = JSON.stringify(this.dataset);
    for (const key of Object.keys(next.dataset)) this.dataset[key] = next.dataset[key];
    if (JSON.stringify(this.dataset) !== before) this.#draw();
    return false;
  }

  #size() {
    return { width: this.box.clientWidth, height: innerWidth < 640 ? SMALL : HEIGHT };
  }

  #draw() {
    const series = JSON.parse(this.dataset.series);
    const marks = this.querySelectorAll(".legend i");
    const { unit } = this.dataset; // Counts have none, and no band between them.
    const lines = series.map((each, n) => ({
      label: each.label,
      stroke: colour(marks[n]),
      width: 1.6,
      points: { show: false },
      value: (_, value) => (value == null ? "–" : `${value} ${unit}`),
    }));
    const options = {
      ...this.#size(),
      series: [{ label: this.dataset.label, value: (_, value) => (value == null ? "–" : this.#moment(value)) }, ...lines],
      bands: unit && lines.length > 1 ? [{ series: [lines.length, 1], fill: this.#soft(lines[0].stroke) }] : [],
      axes: this.#axes(),
      scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
      cursor: { y: false, drag: { x: false, y: false } },
      hooks: { drawClear: [(plot) => this.#outages(plot)] },
    };
    this.#plot?.destroy();
    const data = [JSON.parse(this.dataset.times), ...series.map(({ points }) => points)];
    this.box.replaceChildren();
    this.#plot = new uPlot(options, data, this.box);
  }

  #soft(stroke) {
    return `color-mix(in srgb, ${stroke} 12%, transparent)`;
  }

  #axes() {
    const stroke = colour(this.querySelector(".legend"));
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const both = { stroke, font, ticks: { show: false } };
    const unit = this.dataset.unit;
    const grid = { stroke: "#8883", width: 1 };
    const moments = (_, values, __, ___, step) => values.map((value) => this.#tick(value, step));
    const steps = unit ? {} : { incrs: WHOLE };
    return [
      { ...both, size: 30, grid: { show: false }, values: moments },
      { ...both, size: 64, grid, ...steps, values: (_, values) => values.map((each) => `${each} ${unit}`) },
    ];
  }

  #outages(plot) {
    const { left, top, width, height } = plot.bbox;
    const mark = this.querySelector(".legend .c-outage");
    if (!mark) return;
    plot.ctx.save();
    plot.ctx.fillStyle = colour(mark);
    plot.ctx.globalAlpha = 0.2;
    for (const [from, to] of JSON.parse(this.dataset.outages)) {
      const begin = Math.max(left, plot.valToPos(from, "x", true));
      const end = Math.min(left + width, plot.valToPos(to, "x", true));
      if (end > left) plot.ctx.fillRect(begin, top, Math.max(2, end - begin), height);
    }
    plot.ctx.restore();
  }

  #moment(seconds) {
    return this.#said(seconds, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  }

  #tick(seconds, step) {
    if (step < 86400) return this.#said(seconds, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return this.#said(seconds, { day: "numeric", month: "short" });
  }

  #said(seconds, style) {
    const { lang, dataset } = document.documentElement;
    // Elsewhere on the page the day comes before the month.
    return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { ...style, timeZone: dataset.zone }).format(seconds * 1000);
  }
}

customElements.define("latency-chart", LatencyChart);
