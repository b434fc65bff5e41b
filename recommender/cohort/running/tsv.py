"""Tables as TSV that a spreadsheet can open without running anything."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_FORMULA = "^[=+\\-@\t\r]"
_ESCAPES = (("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


def tsv(table: pa.Table) -> bytes:
    """Return a table as UTF-8 text: a header, tabs, lists joined by ``;``, nothing where there is no value.

    Numbers are the shortest that read back the same. Text that a spreadsheet would take for a formula gets a leading
    apostrophe. Nothing is quoted.

    Examples
    --------
    >>> tsv(pa.table({"sample_id": ["=1+1"], "value": [-0.1], "flags": [["timing", "arm_assumed"]]}))
    b"sample_id\\tvalue\\tflags\\n'=1+1\\t-0.1\\ttiming;arm_assumed\\n"
    """
    header = "\t".join(table.column_names)
    if not len(table):
        return f"{header}\n".encode()
    cells = [_cells(column.combine_chunks()) for column in table.columns]
    lines = pc.binary_join_element_wise(*cells, "\t")
    return "\n".join([header, *lines.to_pylist(), ""]).encode()


def _cells(column: Any) -> Any:
    """Return a column as text, without nulls."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        if pa.types.is_string(kind.value_type) and not column.dictionary.null_count:
            told = pa.DictionaryArray.from_arrays(column.indices, _told(column.dictionary))
            return told.dictionary_decode().fill_null("")
        return _cells(column.dictionary_decode())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _told(pc.binary_join(column.cast(pa.list_(pa.string())), ";")).fill_null("")
    if pa.types.is_floating(kind):  # Arrow writes 1.0 as 1, and 1e-05 otherwise than Python
        return pa.array(["" if value is None else repr(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _told(column.cast(pa.string())).fill_null("")
    return column.cast(pa.string()).fill_null("")


def _told(texts: Any) -> Any:
    """Return texts that no spreadsheet calculates and that stay in their cell."""
    formula = pc.match_substring_regex(texts, _FORMULA)
    texts = pc.if_else(formula, pc.binary_join_element_wise("", texts, "'"), texts)
    for sign, written in _ESCAPES:
        texts = pc.replace_substring(texts, sign, written)
    return texts
