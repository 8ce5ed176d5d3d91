"""A reader's own data: a CSV file as a DataSet, with errors that name row and column."""

import csv
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from nn.data.sets import DataSet


class TableError(ValueError):
    """A CSV file does not hold what it should. The message names the path, the line and the column."""


def read_csv(path: str | Path, target: str | int = -1, *, delimiter: str = ",") -> DataSet:
    """The rows of a CSV file: a header line, numbers, and in the column `target` (name or number, from 0) the class of each row.

    The classes are the different texts of that column, sorted (as numbers where they are). For targets that are numbers to fit,
    see `read_table`. Raises TableError for what is no number, missing, or of another length than the header.
    """
    names, rows = _lines(Path(path), delimiter)
    column = _column(names, target, path)
    labels = [cells[column] for _, cells in rows]
    classes = sorted(set(labels), key=lambda label: (_number_or_none(label) is None, _number_or_none(label) or 0.0, label))
    kept = [i for i in range(len(names)) if i != column]
    features = [[_cell(path, line, names[i], cells[i]) for i in kept] for line, cells in rows]
    return DataSet(
        Path(path).stem, features, [classes.index(x) for x in labels], tuple(names[i] for i in kept), tuple(classes), str(path)
    )


def read_table(path: str | Path, *, delimiter: str = ",") -> tuple[list[str], list[list[float]]]:
    """The header and the rows of a CSV file of nothing but numbers. Raises TableError as `read_csv`."""
    names, rows = _lines(Path(path), delimiter)
    return names, [[_cell(path, line, name, cell) for name, cell in zip(names, cells, strict=True)] for line, cells in rows]


def _lines(path: Path, delimiter: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row with the number of its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
    except (csv.Error, UnicodeDecodeError) as cause:
        raise TableError(f"{path} is no CSV file of UTF-8 text: {cause}") from cause
    if len(lines) < 2:
        raise TableError(f"{path} must have a header line and at least one row, and has {len(lines)} lines")
    (_, names), *rows = lines
    if len(set(names)) < len(names):
        raise TableError(f"{path}: two columns have the same name in the header {', '.join(names)}")
    if names and all(_number_or_none(name) is not None for name in names):
        raise TableError(f"{path}: the first line must name the columns, and is {', '.join(names)}")
    for line, cells in rows:
        if len(cells) != len(names):
            raise TableError(f"{path}, line {line}: {len(cells)} columns, and the header has {len(names)}")
    return names, rows


def _column(names: Sequence[str], target: str | int, path: str | Path) -> int:
    if isinstance(target, int) and -len(names) <= target < len(names):
        return target % len(names)
    if target in names:
        return list(names).index(str(target))
    raise TableError(f"{path} has the columns {', '.join(names)}, and no {target!r}")


def _cell(path: str | Path, line: int, name: str, cell: str) -> float:
    found = _number_or_none(cell)
    if found is None or not isfinite(found):
        given = f"is {cell!r:.40}" if cell else "is empty"
        raise TableError(f"{path}, line {line}, column {name!r} must be a number, and {given}")
    return found


def _number_or_none(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
