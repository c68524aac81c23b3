import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course_lib.show import plotting
from course_lib.show.plotting import figure, heatmap, show


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """What would have gone to the notebook: (data, metadata) of each picture."""
    published = []
    monkeypatch.setattr(plotting, "publish_display_data", lambda data, metadata: published.append((data, metadata)))
    return published


def line():
    fig, (axes,) = figure(title="It grows", xlabel="time (s)", ylabel="size (m)")
    axes.plot([0, 1, 2], [0, 1, 4])
    return fig, axes


def test_a_picture_is_a_png_and_its_description(shown):
    fig, _ = line()
    show(fig, alt="A curve that bends upwards.")
    ((data, metadata),) = shown
    assert data["text/plain"] == "A curve that bends upwards."
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert Image.open(io.BytesIO(data["image/png"])).size == (640, 380)


def test_a_shown_figure_is_closed(shown):
    fig, _ = line()
    show(fig, alt="A curve.")
    assert not plt.fignum_exists(fig.number)


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        fig, _ = line()
        show(fig, alt="A curve.")
    assert shown[0] == shown[1]


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_picture_must_be_described(shown, alt):
    fig, _ = line()
    with pytest.raises(ValueError, match="say in alt what the picture shows"):
        show(fig, alt=alt)
    assert shown == []


@pytest.mark.parametrize("forgotten", ["xlabel", "ylabel"])
def test_axes_with_data_must_be_labelled(shown, forgotten):
    fig, axes = line()
    axes.set(**{forgotten: ""}, title="left")
    with pytest.raises(ValueError, match="label both axes of the panel 'left'"):
        show(fig, alt="A curve.")
    assert shown == []


def test_every_panel_must_be_labelled(shown):
    fig, (left, right) = figure(title="Two", columns=2)
    for panel in (left, right):
        panel.plot([0, 1])
    left.set(xlabel="step", ylabel="loss (nats)")
    right.set_title("forgotten")
    with pytest.raises(ValueError, match="'forgotten'"):
        show(fig, alt="Two curves.")


def test_an_empty_panel_needs_no_labels(shown):
    fig, (left, right) = figure(title="One and a half", columns=2)
    left.plot([0, 1])
    left.set(xlabel="step", ylabel="loss (nats)")
    right.axis("off")
    show(fig, alt="One curve.")
    assert len(shown) == 1


def test_panels_come_row_by_row_with_their_labels_and_one_title():
    fig, axes = figure(title="Grid", rows=2, columns=3, xlabel="x (m)", ylabel="y (m)")
    assert len(axes) == 6
    assert [panel.get_subplotspec().rowspan.start for panel in axes] == [0, 0, 0, 1, 1, 1]
    assert {(panel.get_xlabel(), panel.get_ylabel()) for panel in axes} == {("x (m)", "y (m)")}
    assert fig.get_suptitle() == "Grid"
    assert tuple(fig.get_size_inches()) == pytest.approx((3 * 6.4, 2 * 3.8))


def test_lines_take_the_palette_that_colour_blind_readers_tell_apart():
    _, axes = line()
    axes.plot([0, 1], [1, 0])
    assert [tuple(drawn.get_color()) for drawn in axes.lines] == [tuple(colour) for colour in plotting.PALETTE[:2]]


def test_the_style_does_not_leak_into_other_figures():
    before = dict(plt.rcParams)
    line()
    assert dict(plt.rcParams) == before


def test_a_heatmap_draws_its_values_rows_downwards_and_its_colour_bar_needs_no_label(shown):
    fig, (axes,) = figure(title="Weights")
    values = np.array([[1.0, 0.0], [0.25, 0.75]])
    heatmap(
        axes, values, xlabel="key", ylabel="query", xticks=["a", "b"], yticks=["c", "d"], annotate=True, vmin=0, vmax=1
    )
    assert [text.get_text() for text in axes.texts] == ["1.00", "0.00", "0.25", "0.75"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["c", "d"]
    assert axes.yaxis_inverted()
    assert axes.collections[0].get_clim() == (0, 1)
    show(fig, alt="Two rows of weights.")
    assert len(shown) == 1


def test_texts_are_shown_whole_and_not_quoted_in_the_description(shown, monkeypatch):
    drawn = []
    monkeypatch.setattr(plotting, "show", lambda fig, *, alt: drawn.append((fig, alt)))
    story = "Once upon a time there was a fox. " * 12
    plotting.show_texts({"early": "", "late": f"{story}It cost $3."}, title="It learns", alt="Two texts.")
    ((fig, alt),) = drawn
    texts = [text.get_text() for text in fig.axes[0].texts]
    assert texts[:3] == ["early", "(nothing)", "late"]
    assert " ".join(texts[3].split()) == f"{story}It cost \\$3."  # a dollar would begin a formula
    assert max(len(line) for line in texts[3].splitlines()) <= plotting.TEXT_COLUMNS
    assert alt == "Two texts."


def test_a_picture_of_texts_grows_with_them(shown):
    for count in (1, 8):
        plotting.show_texts({str(number): "word " * 60 for number in range(count)}, title="Texts", alt="Texts.")
    small, large = (Image.open(io.BytesIO(data["image/png"])).size for data, _ in shown)
    assert small[0] == large[0]
    assert large[1] > 3 * small[1]


@pytest.mark.filterwarnings("error")
def test_what_the_font_cannot_draw_is_shown_as_unknown_and_warns_nobody(shown, monkeypatch):
    plotting.show_texts({"untrained": "a\x14b 木\tc"}, title="Noise", alt="Noise.")
    assert len(shown) == 1
    assert plotting._drawable("a\x14b 木\nc é") == "a\ufffdb \ufffd\nc é"
