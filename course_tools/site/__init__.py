"""The site: executed notebooks, the docs and the API as static pages that load nothing from elsewhere.

`build` calls the others: what stands in the repository is staged as sources of Sphinx (`notebooks`, `prose`, `api`,
`front`, with `pictures`), and Sphinx makes pages of them as `settings` says (`formulas`, `docstrings`).
"""
