/**
 * The page's style sheet. Plots take their colours from the same custom properties. It has to stand in the page,
 * so it is a constant here rather than a file that the build would have to copy.
 */
const LIGHT = `
  --paper: #ffffff; --panel: #f6f8fa; --ink: #1c2128; --muted: #59636e; --rule: #d9dee4; --link: #0b5cad;
  --xqg: #0b5cad; --shuffled: #b8500c; --mean: #0c7a63; --best: #e8f1fb; --up: #0c6b3d; --down: #a8290f;
  --shuffled-fill: #dda27a; --mean-fill: #bfe0d8; --warning: #fff4d6; --warning-rule: #b98900;`;

const DARK = `
  --paper: #12161b; --panel: #1b2129; --ink: #e4e9ef; --muted: #9aa6b3; --rule: #343d48; --link: #7db8ff;
  --xqg: #6fb0ff; --shuffled: #f0985c; --mean: #4fc9ad; --best: #1d3350; --up: #67d391; --down: #ff9a85;
  --shuffled-fill: #a9683c; --mean-fill: #2c5f55; --warning: #3a2f0e; --warning-rule: #d9a92b;`;

export const STYLES = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }

* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 3.5rem; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
header, nav ul, main, footer { max-width: 74rem; margin: 0 auto; padding: 0 1.5rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .5rem 1rem; z-index: 3; }

header { padding-top: 2.5rem; padding-bottom: 1rem; }
.eyebrow { margin: 0; color: var(--muted); font-size: .9rem; }
h1 { margin: .2rem 0 .4rem; font-size: clamp(1.6rem, 1.2rem + 2vw, 2.4rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 .75rem; font-size: 1.4rem; line-height: 1.25; letter-spacing: -.01em; }
h3 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
h4 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
h5 { margin: 0 0 .3rem; font-size: 1rem; }
p { margin: .5rem 0; max-width: 50rem; text-wrap: pretty; }
.description { font-size: 1.1rem; color: var(--muted); }
.facts { list-style: none; margin: .75rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; color: var(--muted); font-size: .9rem; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .86em; overflow-wrap: anywhere; }

nav { position: sticky; top: 0; z-index: 2; background: var(--paper); border-bottom: 1px solid var(--rule); }
nav ul { list-style: none; display: flex; gap: 1.5rem; overflow-x: auto; white-space: nowrap; }
nav a { display: block; padding: .6rem 0; color: var(--ink); text-decoration: none; font-size: .95rem; }
nav a:hover { color: var(--link); text-decoration: underline; text-underline-offset: .3em; }

section { padding: 2rem 0 1rem; }
section + section { border-top: 1px solid var(--rule); }
.lead { font-size: clamp(1.1rem, 1rem + .5vw, 1.3rem); line-height: 1.45; }
.note { color: var(--muted); font-size: .92rem; }
.warning { background: var(--warning); border-left: 4px solid var(--warning-rule); padding: .6rem 1rem; }
.verdicts { max-width: none; }
.comparison + .comparison { margin-top: 2rem; }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin: 1.25rem 0; }
.tile { background: var(--panel); border-top: 4px solid var(--muted); padding: .8rem 1rem 1rem; border-radius: 0 0 6px 6px; }
.tile-xqg { border-color: var(--xqg); }
.tile-control { border-color: var(--control); }
.tile dt { font-weight: 600; display: flex; justify-content: space-between; gap: 1rem; }
.tile-metric { color: var(--muted); font-weight: 400; font-size: .85rem; }
.tile dd { margin: 0; }
.tile-value { font-size: 2.1rem; line-height: 1.3; font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tile-gain { margin-left: .5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile-detail { display: block; color: var(--muted); font-size: .88rem; }

figure { margin: 0; }
.gain { margin: 1.25rem 0; }
.gain figcaption { font-weight: 600; font-size: .92rem; }
.gain-bar { display: flex; gap: 3px; height: 1.1rem; margin: .4rem 0; }
.gain-bar span { flex-basis: 0; min-width: 3px; border-radius: 3px; }
.gain-shift { background: repeating-linear-gradient(135deg, var(--control) 0 6px, color-mix(in srgb, var(--control) 65%, var(--paper)) 6px 12px); }
.gain-content { background: var(--xqg); }
.gain-key { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; margin: 0; padding: 0; font-size: .92rem; }
.gain-key li::before { content: ""; display: inline-block; width: .7rem; height: .7rem; margin-right: .45rem; border-radius: 2px; background: var(--xqg); }
.gain-key .key-shift::before { background: var(--control); }

.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem 2.5rem; margin-top: 1.25rem; }
.plot { break-inside: avoid; min-width: 0; display: flex; flex-direction: column; }
.plot figcaption { font-size: .9rem; color: var(--muted); margin-bottom: .75rem; flex-grow: 1; }
.plot figcaption b { display: block; color: var(--ink); font-size: 1.05rem; }
.plot svg { display: block; width: 100%; height: auto; max-width: 40rem; }

.scroll { overflow-x: auto; margin: 1.25rem 0; max-width: 100%; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
table.figures, table.records { min-width: 100%; }
table.compact { min-width: min(100%, 36rem); }
caption { text-align: left; font-weight: 600; font-size: 1rem; padding-bottom: .4rem; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: baseline; white-space: nowrap; }
thead th { color: var(--muted); font-weight: 600; border-bottom: 2px solid var(--rule); }
tbody th { font-weight: 400; }
tbody tr:hover > * { background: var(--panel); }
.figures td, .figures thead th:not(:first-child), .number { text-align: right; }
.figures thead th { white-space: normal; vertical-align: bottom; }
.figures tr > :first-child { position: sticky; left: 0; background: var(--paper); z-index: 1; white-space: normal; min-width: 11rem; max-width: 45vw; padding-left: .6rem; }
.figures tbody tr > :first-child { border-left: 3px solid transparent; }
.figures .kind-xqg > :first-child { border-left-color: var(--xqg); }
.figures .kind-shuffled > :first-child { border-left-color: var(--shuffled); }
.figures .kind-mean > :first-child { border-left-color: var(--mean); }
.figures .kind-alone > :first-child { border-left-color: var(--muted); }
.kind-alone > * { font-weight: 600; }
.kind { color: var(--muted); font-size: .82rem; font-weight: 400; white-space: nowrap; }
abbr { text-decoration: none; cursor: help; }
.sort { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; position: relative; }
.sort::after { content: ""; position: absolute; left: 100%; bottom: 0; }
th[aria-sort] .sort { color: var(--ink); }
th[aria-sort="descending"] .sort::after { content: "▾"; }
th[aria-sort="ascending"] .sort::after { content: "▴"; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.query { margin: 0 0 .3rem; }
.query .kind { display: block; }
td sup { display: block; font-size: .68rem; font-weight: 400; line-height: 1.25; vertical-align: baseline; color: var(--muted); }
td.best { background: var(--best); position: relative; }
td .star { position: absolute; right: .12rem; font-size: .62rem; line-height: 1.9; }
.star { color: var(--link); }
.average { border-left: 1px solid var(--rule); }
.figures td { padding-right: .9rem; }
.figures thead th:not(:first-child) { padding-right: .9rem; }
.up { color: var(--up); }
.down { color: var(--down); }
.records td code { display: block; min-width: 8.5rem; max-width: 35ch; white-space: normal; }

.claims { list-style: none; padding: 0; }
.claims > li { border-left: 4px solid var(--muted); padding: .1rem 0 .1rem 1rem; margin: .9rem 0; }
.claims > .holds { border-color: var(--up); }
.claims > .fails { border-color: var(--down); }
.claims small, .claims details { color: var(--muted); }
.holds > p > strong { color: var(--up); }
.fails > p > strong { color: var(--down); }

details { border: 1px solid var(--rule); border-radius: 6px; margin: .6rem 0; padding: 0 1rem; }
summary { cursor: pointer; padding: .6rem 0; font-weight: 600; }
pre { background: var(--panel); padding: .9rem 1rem; border-radius: 6px; overflow-x: auto; line-height: 1.45; white-space: pre-wrap; }
details pre { max-height: 32rem; overflow-y: auto; }

.examples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
.example { background: var(--panel); padding: 1rem; border-radius: 6px; break-inside: avoid; min-width: 0; overflow-wrap: anywhere; }
.example p { font-size: .92rem; }
.example ul { list-style: none; margin: .75rem 0 0; padding: 0; }
.example li { display: grid; grid-template-columns: 2.2rem 1fr; padding: .2rem 0; border-top: 1px solid var(--rule); }
footer { color: var(--muted); font-size: .88rem; padding-top: 1rem; padding-bottom: 3rem; }

@media (max-width: 40rem) {
  header, nav ul, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 1.5rem; }
  nav ul { gap: 1.1rem; padding-right: 2.5rem; mask-image: linear-gradient(to left, transparent, #000 2.5rem); }
  caption { max-width: calc(100vw - 2rem); }
  .tiles { grid-template-columns: 1fr; gap: .6rem; }
  .figures tr > :first-child { min-width: 8.5rem; }
  th, td { padding: .35rem .55rem; }
}
@media print {
  body { font-size: 10pt; }
  nav, .skip { display: none; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  .scroll { overflow: visible; }
  .figures tr > :first-child { position: static; min-width: 7rem; }
  td sup { font-size: 6pt; white-space: normal; overflow-wrap: anywhere; max-width: 5.5em; margin-left: auto; }
  .gain-cell { white-space: normal; }
  table { font-size: 7.5pt; }
  th, td { padding: .15rem .3rem; }
  tr { break-inside: avoid; }
  .plots { grid-template-columns: 1fr 1fr; gap: 1rem; }
  details { border: 0; padding: 0; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  details pre { max-height: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
