import subprocess
import sys
from pathlib import Path

from hypergen.training.processes import summed

ROOT = Path(__file__).parents[2]
PROBE = """
import sys
from torch import distributed
from hypergen.training.processes import summed

rank, meeting = int(sys.argv[1]), sys.argv[2]
distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
here = [{"swh": (3.0, 2), "yor": (1.0, 1)}, {"eus": (0.5, 1), "swh": (4.0, 5)}][rank]
print(list(summed(here).items()))
distributed.destroy_process_group()
"""


def test_one_process_has_its_own_sums_in_order_of_name():
    assert list(summed({"swh": (3.0, 2), "eus": (0.5, 1)}).items()) == [("eus", (0.5, 1)), ("swh", (3.0, 2))]


def test_two_processes_that_know_different_names_get_the_same_sums(tmp_path):
    words = [sys.executable, "-c", PROBE]
    both = [
        subprocess.Popen([*words, str(rank), str(tmp_path / "meeting")], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=300)[0] for process in both]
    finally:
        for process in both:
            process.kill()
    assert said == [f"{[('eus', (0.5, 1)), ('swh', (7.0, 7)), ('yor', (1.0, 1))]}\n"] * 2
