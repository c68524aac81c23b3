"""How pictures look in this course: one style, labelled axes, a title that says the finding, alt text.

A lesson draws with `figure` and matplotlib's or seaborn's own functions on the axes it returns, and ends
with `show(fig, alt=...)`.
"""

import base64
import html
import io
import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import seaborn as sns
from IPython.display import publish_display_data
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from course_lib.show.guess import details

PALETTE = sns.color_palette("colorblind")  # told apart with every common form of colour blindness
SEQUENTIAL = "viridis"  # for heatmaps of values from small to large
DIVERGING = "vlag"  # for heatmaps of values around zero
INCHES = (6.4, 3.8)  # width and height of one panel
DOTS_PER_INCH = 100
CHARACTERS_AN_INCH = 11  # of a title, which is broken where it would leave the figure
TEXT_COLUMNS, TEXT_INCHES = 120, 9.6  # of a picture of texts: characters a line, and width
LINE_INCHES = 0.21
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def figure(
    *,
    title: str,
    xlabel: str | None = None,
    ylabel: str | None = None,
    rows: int = 1,
    columns: int = 1,
    size: tuple[float, float] = INCHES,
) -> tuple[Figure, list[Axes]]:
    """A figure in the course's style and its axes, row by row.

    title: the finding, as a sentence.   xlabel, ylabel: with units; given to every panel, so leave
    them out and call `axes.set_xlabel` where panels differ.   size: inches of one panel.
    """
    with sns.axes_style("whitegrid"), sns.color_palette(PALETTE):
        fig, grid = plt.subplots(
            rows, columns, figsize=(size[0] * columns, size[1] * rows), squeeze=False, layout="constrained"
        )
    axes = list(grid.flat)
    for panel in axes:
        panel.set_prop_cycle(color=PALETTE)
        panel.set_xlabel(xlabel or "")
        panel.set_ylabel(ylabel or "")
    fig.suptitle(textwrap.fill(title, int(CHARACTERS_AN_INCH * size[0] * columns)))
    return fig, axes


def heatmap(
    axes: Axes,
    values: object,
    *,
    xlabel: str,
    ylabel: str,
    xticks: list[str] | None = None,
    yticks: list[str] | None = None,
    title: str | None = None,
    colours: str = SEQUENTIAL,
    annotate: bool = False,
    **limits: float,
) -> None:
    """Draw a matrix on `axes`, rows from top to bottom. limits: `vmin`, `vmax`, `center`."""
    sns.heatmap(
        values,
        ax=axes,
        cmap=colours,
        annot=annotate,
        fmt=".2f",
        square=True,
        xticklabels=xticks if xticks is not None else "auto",
        yticklabels=yticks if yticks is not None else "auto",
        **limits,
    )
    axes.grid(False)  # lines would show through cells that have no value
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title or "")


def show(fig: Figure, *, alt: str, folded: str | None = None) -> None:
    """Show the figure as a PNG, with `alt` for those who cannot see it, and close it.

    folded: the line under which the picture and its `alt` stay hidden until the reader opens them; for what answers
    a guess.   Raises ValueError if `alt` is empty or an axis has data but no label.
    """
    if not alt.strip():
        raise ValueError("say in alt what the picture shows, for those who cannot see it")
    for panel in fig.axes:
        is_colorbar = panel.get_label() == "<colorbar>"
        if panel.has_data() and not is_colorbar and not (panel.get_xlabel() and panel.get_ylabel()):
            raise ValueError(f"label both axes of the panel {panel.get_title()!r} with xlabel and ylabel")
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    plt.close(fig)
    if folded is None:
        publish_display_data(
            {"image/png": png.getvalue(), "text/plain": alt},
            metadata={"image/png": {"alt": alt}},
        )
    else:
        source = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
        picture = f'<img alt="{html.escape(alt)}" style="max-width: 100%" src="{source}">'
        publish_display_data({"text/html": details(folded, picture), "text/plain": alt})


def show_texts(texts: Mapping[str, str], *, title: str, alt: str) -> None:
    """Show texts, each under its label, as a picture: for what a model wrote, which no two machines write alike.

    title: the finding.   alt: what kind of texts they are; it is compared between machines, so it quotes none of them.
    """
    blocks = [
        (label, textwrap.fill(_drawable(text.strip()) or "(nothing)", TEXT_COLUMNS)) for label, text in texts.items()
    ]
    lines = sum(2 + block.count("\n") + 1 for _, block in blocks)  # a label, the text, an empty line
    fig, (axes,) = figure(title=title, size=(TEXT_INCHES, LINE_INCHES * lines + 0.4))
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(lines, 0))
    row = 0
    for label, block in blocks:
        axes.text(0, row, label, va="top", weight="bold", color=PALETTE[0])
        axes.text(0, row + 1, block.replace("$", r"\$"), va="top", linespacing=1.35, fontsize=10)
        row += block.count("\n") + 3
    show(fig, alt=alt)


def _drawable(text: str) -> str:
    """The text with � for what the font cannot draw: an untrained model writes control characters as well."""
    font = get_font(findfont(FontProperties()))
    return "".join(c if c.isspace() or font.get_char_index(ord(c)) else UNKNOWN for c in text)
