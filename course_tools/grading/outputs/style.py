"""How reports look: one style sheet, in light and dark. Text has a contrast of at least 4.5 to 1 on its ground."""

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --raised: #f5f6f8; --ink: #1c1f24; --soft: #565d68; --line:
  #d5d9e0; --link: #0b57b0; --good: #0b7a4b; --bad: #b3261e; --amber: #c77700; --amber-ink: #8a4b00; --amber-ground:
  #fff4e0; --grey: #8b93a0; --violet: #6b4fbb; --alarm: #b3261e; --alarm-ink: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --raised: #1d2128; --ink: #e6e9ee; --soft: #a3acb9;
  --line: #363d48; --link: #82b6ff; --good: #4cc38a; --bad: #ff8a80; --amber: #f0a23b; --amber-ink: #ffc878;
  --amber-ground: #2e2415; --grey: #6d7684; --violet: #b39ddb; --alarm: #8c1d18; --alarm-ink: #ffffff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
main.wide { max-width: 110rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .5rem; padding-top: .8rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .35rem; }
h4 { font-size: .95rem; margin: .8rem 0 .2rem; }
p { margin: .35rem 0; }
a { color: var(--link); }
ul { margin: .35rem 0; padding-left: 1.3rem; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.big { font-size: 1.15rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .38rem .7rem .38rem 0; border-bottom: 1px solid
  var(--line); }
thead th { font-size: .8rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; }
td.n, th.n { text-align: right; white-space: nowrap; }
code, pre { font: .875rem/1.5 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; margin:
  .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.prose { white-space: pre-wrap; overflow-wrap: anywhere; }
.alarm { background: var(--alarm); color: var(--alarm-ink); border-radius: 8px; padding: 1rem 1.25rem; margin: 1rem
  0; }
.alarm strong { display: block; font-size: 2.4rem; line-height: 1.1; letter-spacing: .04em; }
.card { border: 1px solid var(--line); border-left: 5px solid var(--grey); border-radius: 6px; padding: .7rem 1rem
  .8rem; margin: .9rem 0; }
.card h3 { margin-top: 0; }
.card.right { border-left-color: var(--good); }
.card.wrong { border-left-color: var(--amber); }
.card.flagged { border-left-color: var(--violet); }
.card.failed { border-left-color: var(--alarm); }
.mistake { background: var(--amber-ground); border-radius: 6px; padding: .5rem .8rem; margin: .6rem 0; }
.mistake strong { color: var(--amber-ink); }
.verdicts { list-style: none; padding: 0; }
.verdicts li { padding-left: 1.5em; text-indent: -1.5em; }
.verdicts pre, .verdicts p { text-indent: 0; }
.yes { color: var(--good); font-weight: 600; }
.no { color: var(--bad); font-weight: 600; }
.status { font-weight: 600; white-space: nowrap; }
.status.right { color: var(--good); }
.status.wrong { color: var(--amber-ink); }
.status.flagged { color: var(--violet); }
.status.failed { color: var(--bad); }
.status.none, .status.waiting { color: var(--soft); }
details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--link); }
.facts { display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; margin: 1rem 0; list-style: none; }
.facts li { background: var(--raised); border: 1px solid var(--line); border-radius: 8px; padding: .5rem .9rem;
  min-width: 7rem; }
.facts b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.facts span { font-size: .82rem; color: var(--soft); }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 0 2.2rem; }
.multiples td, .multiples th { padding-top: .18rem; padding-bottom: .18rem; }
td.bar { width: 100%; min-width: 7rem; padding-right: 0; }
.track { display: flex; height: .95rem; margin-top: .28rem; gap: 1px; }
.track i { display: block; min-width: 0; background: var(--link); border-radius: 2px; }
.track .right { background: var(--good); }
.track .wrong { background: var(--amber); }
.track .flagged { background: var(--violet); }
.track .failed { background: var(--bad); }
.track .none { background: var(--grey); }
.track .waiting { background: var(--link); }
.track .rest { background: none; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .875rem; padding: 0; list-style: none; }
.key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; }
.key .right { background: var(--good); }
.key .wrong { background: var(--amber); }
.key .flagged { background: var(--violet); }
.key .failed { background: var(--bad); }
.key .none { background: var(--grey); }
.key .waiting { background: var(--link); }
.exercises th[scope="row"] { min-width: 17rem; }
.exercises td.n, .exercises th.n { min-width: 2.4rem; }
.mistakes table { table-layout: fixed; min-width: 40rem; }
.mistakes th:first-child { width: 52%; } .mistakes td.bar { min-width: 0; padding-right: 1rem; }
.mistakes .n { width: 5rem; }
.rubric p { margin: .6rem 0; }
.answers { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; margin-top: 1rem;
  }
.answers article { border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem; }
.answers h3 { margin: 0 0 .3rem; }
.rubric { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem;
  max-width: 60rem; }
@media print { main { max-width: none; } .track i { print-color-adjust: exact; } details > summary { display: none;
  } }
"""
