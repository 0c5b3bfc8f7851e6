"""How the evidence page looks, on a screen and on paper."""

from typing import Final

STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem;
  padding: 0 1rem; color: #1c2430; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2rem }
b.closed { color: #17693a } b.open { color: #b3261e } b.undecided, b.answered { color: #7a4d00 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem;
  border-bottom: 1px solid #d8dde5; overflow-wrap: anywhere }
td:first-child, th, table.summary td:nth-child(3) { white-space: nowrap }
table.found th:nth-child(2) { width: 46% } table.rules th:nth-child(2) { width: 70% }
details { margin: .3rem 0 } summary { cursor: pointer }
small { color: #566274 }
tr.open td:first-child { border-left: 4px solid #b3261e }
tr.undecided td:first-child { border-left: 4px solid #b07800 }
tr.broken td:first-child { border-left: 4px solid #7b3fa0 }
tr.answered td:first-child { border-left: 4px solid #3867b8 }
tr.advised td:first-child { border-left: 4px solid #8e9bb0 }
figure { margin: 1rem 0; padding: .6rem; border: 1px solid #aab4c3; border-radius: 6px;
  overflow-x: auto }
figcaption { font-weight: 600 }
svg text { font: 12px system-ui, sans-serif; fill: #1c2430 }
svg text.head, svg text.detail { font-size: 10.5px; fill: #566274 }
svg rect { fill: #f3f6fa; stroke: #8e9bb0 }
svg path { fill: none; stroke: #aab4c3; stroke-width: 1.4 }
svg .hole rect { stroke-dasharray: 4 3 }
svg g.open rect { fill: #fbe9e7; stroke: #b3261e; stroke-width: 2 }
svg path.open { stroke: #b3261e }
svg g.undecided rect { fill: #fff4dc; stroke: #b07800; stroke-width: 2 }
svg path.undecided { stroke: #b07800 }
svg g.broken rect { fill: #f3eafa; stroke: #7b3fa0; stroke-width: 2 }
svg g.answered rect { fill: #e8effb; stroke: #3867b8 } svg path.answered { stroke: #3867b8 }
svg g.advised rect { stroke: #566274; stroke-width: 2 }
@media print { body { margin: 0; max-width: none } figure { break-inside: avoid }
  svg { max-width: 100%; height: auto } }
"""
