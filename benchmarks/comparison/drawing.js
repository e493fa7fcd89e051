// @ts-nocheck: it knows a browser's globals, where all else knows Node's.
'use strict'

// Runs in the page: `plots` holds what is drawn, uPlot draws it.

/* global document, plots, uPlot */

const WIDTH = 560
const BAR = 26
const COLOURS = { ours: '#1f6feb', theirs: '#9aa4b2', range: '#222' }

for (const place of document.querySelectorAll('[data-plots]')) {
  for (const plot of plots[Number(place.dataset.plots)]) draw(place, plot)
}

/** Bars lie on their side, so that names can be read: x of the plot runs down the page. */
function draw (place, { what, bars }) {
  const at = bars.map((_, i) => i)
  const own = bars.map(({ median, isOurs }) => isOurs ? median : null)
  const others = bars.map(({ median, isOurs }) => isOurs ? null : median)
  const paths = uPlot.paths.bars({ size: [0.7, BAR], align: 0 })
  const series = (label, colour) => ({ label, fill: colour, stroke: colour, width: 0, paths, points: { show: false } })
  const options = {
    title: what,
    width: WIDTH,
    height: 90 + BAR * bars.length,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, ori: 1, dir: -1, range: [-0.7, bars.length - 0.3] },
      y: { ori: 0, dir: 1, range: (_, __, most) => [0, Math.max(most, ...bars.map(bar => bar.most)) * 1.05 || 1] }
    },
    axes: [
      { side: 3, size: 150, grid: { show: false }, splits: () => at, values: (_, splits) => splits.map(i => bars[i]?.name ?? '') },
      { side: 2, space: 70, values: (_, splits) => splits.map(value => value.toLocaleString('en')) }
    ],
    series: [{}, series('ours', COLOURS.ours), series('theirs', COLOURS.theirs)],
    hooks: { draw: [self => range(self, bars)] }
  }
  new uPlot(options, [at, own, others], place) // eslint-disable-line no-new, new-cap
}

/** From the least to the most that was measured. */
function range (self, bars) {
  const { ctx } = self
  ctx.save()
  ctx.strokeStyle = COLOURS.range
  ctx.lineWidth = 1.5 * (self.pxRatio ?? 1)
  for (const [i, { least, most }] of bars.entries()) {
    const y = self.valToPos(i, 'x', true)
    ctx.beginPath()
    ctx.moveTo(self.valToPos(least, 'y', true), y)
    ctx.lineTo(self.valToPos(most, 'y', true), y)
    ctx.stroke()
  }
  ctx.restore()
}
