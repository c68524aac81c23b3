"""The course in other languages: catalogues under `translations/<language>/`, and what is made of them.

Read in this order: `blocks` (the pieces of a cell that are translated one by one), `code_strings` (texts in code that
draws), `messages` (what checks and the builder say), `catalogue` (the PO files), `extract` (which brings them up to
date), `compiled` (what the library reads), `layout` (right to left), and `editions` (which the builder and the site
ask).
"""
