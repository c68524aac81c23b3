"""From `sources/` to notebooks: lessons, solutions and exercises, with their outputs.

Read in this order: `layout` (which file is made of which), `cells` and `source` (what an author writes), `exercises`
and `rules` (what is refused), `markers`
(the answers that are cut out), `generated` (what the builder adds), `compose` (a notebook without
outputs), `drift` (does a notebook still say what its source says), `outputs` (what may be kept),
`execute` (kernels), and the two commands `build` and `run`.
"""
