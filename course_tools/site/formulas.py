"""Formulas as MathML, which browsers draw by themselves: no script, and screen readers read it."""

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

RENDERER = "mathml"

# Functions that are written in upright letters: a thin space stands before an argument without brackets.
_FUNCTION = re.compile(r"(<mi>(?:ln|log|sin|cos|tanh|exp|max|min)</mi>)(?!\s*(?:<mo[^>]*>[(&\[{]|</))")
_COMMAND = re.compile(r"\\[a-zA-Z]+|&#x0005C;[a-zA-Z]*")
_THIN_SPACE = '<mspace width="0.167em"/>'


def as_mathml(latex: str, *, display: bool) -> str:
    """The formula as `<math>`. Raises ValueError, with the formula, if it cannot be read."""
    try:
        mathml = convert(latex, display="block" if display else "inline")
    except Exception as error:  # its errors have no class of their own
        raise ValueError(f"the formula cannot be read as LaTeX: {latex!r}: {error!r}") from error
    if unknown := _COMMAND.search(mathml):  # it passes on what it does not know
        raise ValueError(f"the formula {latex!r} has the command {unknown[0]}, which cannot be shown as MathML")
    return _FUNCTION.sub(rf"\1{_THIN_SPACE}", mathml)


def setup(app: Sphinx) -> dict[str, Any]:
    """Make Sphinx write formulas so."""
    app.add_html_math_renderer(RENDERER, inline_renderers=(_visit_inline, None), block_renderers=(_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _visit_inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(f'<span class="formula">{as_mathml(node.astext(), display=False)}</span>')
    raise nodes.SkipNode


def _visit_block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="formula scrolls">{as_mathml(node.astext(), display=True)}</div>\n')
    raise nodes.SkipNode
