from hypergen.comparison.curves import _drawn, curves_png
from hypergen.evaluation.drawing import styled


def told(amounts=("0", "50", "all")):
    losses = {"0": {"none": 3.0, "mad-g": 2.5}, "50": {"none": 3.0, "mad-g": 2.5, "mad-g+adapter": 2.2},
              "all": {"none": 3.0, "mad-g": 2.5, "mad-g+adapter": 1.9}}  # fmt: skip
    return {
        "answers": [{"group": "unseen: new genus", "amount": amount, "losses": losses[amount]} for amount in amounts],
        "rows": [
            {"method": "none", "amount": 0},
            {"method": "mad-g", "amount": 0},
            {"method": "mad-g+adapter", "amount": 50},
        ],
    }


def drawn(told):
    with styled():
        return _drawn(told, ["unseen: new genus"])


def test_a_line_begins_where_its_method_starts_without_text():
    (axes,) = drawn(told()).axes
    line = next(line for line in axes.lines if line.get_label() == "mad-g+adapter")
    assert list(line.get_ydata()) == [2.5, 2.2, 1.9]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "50", "all"]


def test_the_picture_is_a_png_and_there_is_none_of_one_amount():
    assert curves_png(told()).startswith(b"\x89PNG")
    assert curves_png(told(amounts=("0",))) is None
