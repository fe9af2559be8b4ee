import hashlib

import pyarrow as pa
import pytest
from pyarrow import parquet

from hypergen.data.parquet_trees import local_tree, rows_from
from hypergen.errors import CorpusError

ROWS = [{"text": f"makala {i}", "more": i, "id": str(i)} for i in range(2500)]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    (root / "a").mkdir()
    parquet.write_table(pa.Table.from_pylist(ROWS), root / "a/0.parquet", row_group_size=700)
    (root / "a/readme.md").write_text("no table")
    return root


@pytest.mark.parametrize("start", [0, 1, 699, 700, 701, 1400, 2499, 2500, 9999])
def test_rows_are_read_on_from_any_place(root, start):
    found = rows_from(str(root), "a/0.parquet", start=start, columns=["text", "more", "absent"], revision=None)
    assert list(found) == [{"text": row["text"], "more": row["more"]} for row in ROWS[start:]]


def test_groups_before_the_place_are_not_read(root, monkeypatch):
    groups, read = [], parquet.ParquetFile.iter_batches

    def noted(self, *args, **options):
        groups.extend(options["row_groups"])
        return read(self, *args, **options)

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", noted)
    assert len(list(rows_from(str(root), "a/0.parquet", start=1500, columns=["text"], revision=None))) == 1000
    assert groups == [2, 3]


def test_a_tree_knows_its_files_by_size_and_hash(root):
    tree, checked = local_tree(root, "*/*.parquet"), []
    content = (root / "a/0.parquet").read_bytes()
    assert tree.sizes == {"a/0.parquet": len(content)}
    assert tree.digest("a/0.parquet") == hashlib.sha256(content).hexdigest()
    assert local_tree(root, "*/*.parquet", check=checked.append).digest("a/0.parquet")
    assert checked == [root / "a/0.parquet"]


def test_a_file_without_the_column_and_a_damaged_one_are_told(root, tmp_path):
    with pytest.raises(CorpusError, match=r"a/0.parquet has no column content, only text, more, id"):
        next(rows_from(str(root), "a/0.parquet", start=0, columns=["content"], revision=None))
    (tmp_path / "cut.parquet").write_bytes((root / "a/0.parquet").read_bytes()[:-20])
    with pytest.raises(CorpusError, match=r"cut.parquet is not a complete parquet file"):
        next(rows_from(str(tmp_path), "cut.parquet", start=0, columns=["text"], revision=None))
