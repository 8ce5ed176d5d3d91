"""The notebook runs from top to bottom, and what it prints is what it shows."""

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="the notebook's test needs nbclient: pip install nbclient ipykernel")
pytest.importorskip("nbclient", reason="the notebook's test needs nbclient: pip install nbclient ipykernel")
pytest.importorskip("ipykernel", reason="the notebook's test needs nbclient: pip install nbclient ipykernel")

NOTEBOOK = Path(__file__).parents[1] / "examples" / "understanding_neural_networks.ipynb"


def printed(notebook):
    return [
        "".join(o.text for o in cell.outputs if o.get("name") == "stdout") for cell in notebook.cells if cell.cell_type == "code"
    ]


@pytest.mark.filterwarnings("ignore")  # Jupyter's own
def test_it_runs_and_prints_what_it_shows():
    from nbclient import NotebookClient

    kept = nbformat.read(NOTEBOOK, as_version=4)
    again = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(again, timeout=120, kernel_name="python3").execute()
    for shown, found in zip(printed(kept), printed(again), strict=True):
        number = r"-?\d+\.?\d*(?:e-?\d+)?"
        assert re.split(number, shown) == re.split(number, found)
        assert [float(x) for x in re.findall(number, found)] == pytest.approx(
            [float(x) for x in re.findall(number, shown)], rel=1e-3, abs=1e-6
        )


def test_it_is_small_enough_for_a_diff_and_holds_no_run_of_its_own():
    kept = nbformat.read(NOTEBOOK, as_version=4)
    assert NOTEBOOK.stat().st_size < 150_000
    assert all(not cell.metadata for cell in kept.cells)
    assert all(o.output_type != "error" and o.get("name") != "stderr" for cell in kept.cells for o in cell.get("outputs", []))
