"""However a matrix is written, it says the same: orientation, order, delimiter, container."""

from __future__ import annotations

import io
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import InputError
from recommender.readers.measurements import Hints, Measurements
from recommender.readers.registry import read_measurements
from recommender.readers.source import Source

UNHURRIED = settings(deadline=None, max_examples=60)
MIRNAS = [f"hsa-miR-{n}-{arm}p" for n in range(21, 40) for arm in (3, 5)]
IDS = st.text(alphabet=string.ascii_letters + string.digits + " ._-", min_size=1, max_size=8).filter(
    lambda name: name.strip() == name and name.lower() not in ("total", "mirnatotal")
)


@st.composite
def matrices(draw) -> tuple[list[str], list[str], list[list[float]]]:
    """Return miRNAs, samples, and values by miRNA."""
    mirnas = draw(st.lists(st.sampled_from(MIRNAS), min_size=3, max_size=6, unique=True))
    samples = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    number = st.floats(-1e6, 1e6, allow_nan=False)
    values = draw(st.lists(st.lists(number, min_size=len(samples), max_size=len(samples)), min_size=6, max_size=6))
    return mirnas, samples, values[: len(mirnas)]


def written(mirnas, samples, values, delimiter: str = "\t", transposed: bool = False) -> bytes:
    rows = [["x", *samples], *([name, *map(repr, row)] for name, row in zip(mirnas, values, strict=True))]
    if transposed:
        rows = [list(row) for row in zip(*rows, strict=True)]
    return "".join(delimiter.join(row) + "\n" for row in rows).encode()


def read(content: bytes) -> Measurements:
    return read_measurements(Source("m", "m", content), given="matrix")


def cells(found: Measurements) -> dict[tuple[str, str], float]:
    return {
        (sample, name): float(found.values[i, j])
        for i, sample in enumerate(found.samples)
        for j, name in enumerate(found.names)
    }


@UNHURRIED
@given(matrices())
def test_orientation_and_delimiter_change_nothing(matrix):
    mirnas, samples, values = matrix
    expected = {(s, m): values[i][j] for i, m in enumerate(mirnas) for j, s in enumerate(samples)}
    for delimiter in ("\t", ","):
        for transposed in (False, True):
            found = read(written(mirnas, samples, values, delimiter, transposed))
            assert (found.samples, found.names) == (tuple(samples), tuple(mirnas))
            assert cells(found) == expected


@UNHURRIED
@given(matrices(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_no_cell(matrix, pick):
    mirnas, samples, values = matrix
    rows, columns = list(range(len(mirnas))), list(range(len(samples)))
    pick.shuffle(rows)
    pick.shuffle(columns)
    shuffled = (
        [mirnas[i] for i in rows],
        [samples[j] for j in columns],
        [[values[i][j] for j in columns] for i in rows],
    )
    assert cells(read(written(*shuffled))) == cells(read(written(*matrix)))


@UNHURRIED
@given(matrices())
def test_line_ends_quotes_a_mark_and_gzip_change_nothing(matrix):
    import gzip

    from recommender.readers.source import unpack

    plain = written(*matrix)
    expected = cells(read(plain))
    quoted = b"".join(
        b"\t".join(b'"' + cell + b'"' for cell in line.split(b"\t")) + b"\n" for line in plain.splitlines()
    )
    for content in (plain.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + plain, quoted, unpack(gzip.compress(plain), "m")):
        assert cells(read(content)) == expected


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("transposed", [True, False])
def test_parquet_says_the_same_as_text(indexed, transposed):
    import pandas as pd

    frame = pd.DataFrame(
        [[9000.0, 4000.0], [100.0, 1000.5]], index=["hsa-miR-21-5p", "hsa-miR-145-5p"], columns=["00123", "1E5"]
    )
    frame = frame.T if transposed else frame
    buffer = io.BytesIO()
    (frame if indexed else frame.reset_index(names="id")).to_parquet(buffer)
    found = read_measurements(Source("m.parquet", "m.parquet", buffer.getvalue()))
    assert (found.samples, found.names) == (("00123", "1E5"), ("hsa-miR-21-5p", "hsa-miR-145-5p"))
    assert np.array_equal(found.values, [[9000, 100], [4000, 1000.5]])


def test_a_missing_value_in_parquet_was_not_measured():
    import pandas as pd

    frame = pd.DataFrame({"id": ["hsa-miR-21-5p", "hsa-miR-145-5p"], "A": [1.0, None], "B": [1.0, 50.0]})
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    found = read_measurements(Source("m.parquet", "m.parquet", buffer.getvalue()))
    assert (found.samples, found.set_aside) == (("A", "B"), {})
    assert np.array_equal(found.values, [[1.0, np.nan], [1.0, 50.0]], equal_nan=True)


def test_a_parquet_file_of_one_endless_text_is_refused_before_it_is_unpacked(monkeypatch):
    pytest.importorskip("pyarrow")
    import pandas as pd

    from recommender import InputError
    from recommender.readers import parquet

    monkeypatch.setattr(parquet, "MAX_BYTES", 16 * 1024**2)
    frame = pd.DataFrame({"id": ["hsa-miR-21-5p"] * 20_000, "note": ["x" * 10_000] * 20_000})
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    assert len(buffer.getvalue()) < 100_000
    with pytest.raises(InputError, match="bytes that unpack to more than 16 MiB"):
        read_measurements(Source("m.parquet", "m.parquet", buffer.getvalue()))


def test_a_ratio_may_be_missing_and_a_count_may_not():
    table = Source("m.tsv", "m.tsv", b"miRNA\tA\tB\nhsa-miR-21-5p\t1.5\tNA\nhsa-miR-145-5p\t\t-2.25\n")
    found = read_measurements(table, Hints("log2_fold_change"))
    assert np.array_equal(found.values, [[1.5, np.nan], [np.nan, -2.25]], equal_nan=True)
    assert found.set_aside == {}
    with pytest.raises(InputError, match="line 2, column B: found 'NA'"):
        read_measurements(table, Hints("reads_per_million"))
