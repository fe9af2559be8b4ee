"""Run notebooks with plain Python, and keep what their cells print and draw.

    python scripts/run_notebook.py notebooks/*.ipynb

The cells run from top to bottom in one namespace. What a cell prints becomes its output, and so do the figures it
leaves to pyplot; the value of its last line is not shown. Jupyter, some thirty packages, is needed to work in a
notebook, not for this.
"""

import argparse
import base64
import json
import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import matplotlib
from matplotlib import pyplot


def main(arguments: Sequence[str] | None = None) -> None:
    """Run each notebook and write it anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", type=Path, nargs="+", help="each is written anew, with its outputs")
    for path in parser.parse_args(arguments).notebooks:
        print(f"running {path}", flush=True)
        ran, _ = run(path)
        path.write_text(json.dumps(ran, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def run(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The notebook with the outputs of its cells, and the names that they leave behind."""
    matplotlib.use("agg")
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(codes, start=1):
        printed = StringIO()
        with redirect_stdout(printed), patch.dict(os.environ, COLUMNS="120"):
            exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)
        cell["execution_count"], cell["outputs"] = number, [*_text(printed.getvalue()), *_figures()]
    return notebook, names


def _text(printed: str) -> list[dict[str, Any]]:
    """What was printed, as an output; without progress bars, which tell of the machine."""
    lines = [f"{line.rstrip()}\n" for line in printed.splitlines() if "━" not in line]
    return [{"name": "stdout", "output_type": "stream", "text": lines}] if lines else []


def _figures() -> list[dict[str, Any]]:
    """The open figures as outputs; they are closed."""
    outputs = []
    for number in pyplot.get_fignums():
        file = BytesIO()
        pyplot.figure(number).savefig(file, format="png", dpi=100, metadata={"Software": None})
        data = {"image/png": base64.b64encode(file.getvalue()).decode()}
        outputs.append({"data": data, "metadata": {}, "output_type": "display_data"})
    pyplot.close("all")
    return outputs


if __name__ == "__main__":
    main()
