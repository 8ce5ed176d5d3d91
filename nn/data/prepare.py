"""What a data set needs before training: rows set aside for judging, and columns of comparable size."""

from collections.abc import Sequence
from math import fsum, isfinite, sqrt
from random import Random

from nn.data.sets import DataSet


def train_test_split(data: DataSet, test: float = 0.3, seed: int = 0) -> tuple[DataSet, DataSet]:
    """Rows to train on, and rows held out to judge by: each class is split in the same proportion, at random by `seed`.

    `test` is the fraction held out, above 0 and below 1. Raises ValueError where a class would be left without a row on
    either side: judging by rows that were trained on, or on a class never seen, says nothing.

    >>> from nn.data import iris
    >>> train_test_split(iris())
    (<iris: 105 rows of 4 features; 35 setosa, 35 versicolor, 35 virginica>,
     <iris: 45 rows of 4 features; 15 setosa, 15 versicolor, 15 virginica>)
    """
    if not 0.0 < test < 1.0:
        raise ValueError(f"test must be a fraction above 0 and below 1, and got {test!r}")
    random = Random(seed)
    trained: list[int] = []
    held_out: list[int] = []
    for index, name in enumerate(data.class_names):
        rows = [i for i, target in enumerate(data.targets) if target == index]
        random.shuffle(rows)
        count = round(test * len(rows))
        if rows and not 0 < count < len(rows):
            raise ValueError(f"test={test} of the {len(rows)} rows of class {name!r} leaves one side without any")
        held_out += rows[:count]
        trained += rows[count:]
    return data.rows(sorted(trained)), data.rows(sorted(held_out))


class Standardise:
    """Columns shifted to mean 0 and scaled to standard deviation 1 (over n), as measured on the rows it is made from.

    Made from the training rows and applied to all: a held-out row must not take part in its own measure. `means` and
    `deviations` are there to convert a fit back into the data's units. A column that never varies is only shifted.

    >>> scale = Standardise([[1.0, 5.0], [3.0, 5.0]])
    >>> scale([[1.0, 5.0], [4.0, 6.0]])
    [[-1.0, 0.0], [2.0, 1.0]]
    """

    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        if not rows:
            raise ValueError("rows must be at least one row to measure, and got none")
        columns = list(zip(*_alike(rows, len(rows[0])), strict=True))
        self.means = [fsum(column) / len(column) for column in columns]
        self.deviations = [_deviation(column, mean) or 1.0 for column, mean in zip(columns, self.means, strict=True)]
        if not all(map(isfinite, self.means + self.deviations)):
            raise ValueError("rows must be finite numbers: a column has no finite mean and standard deviation")

    def __call__(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        measures = list(zip(self.means, self.deviations, strict=True))
        rows = _alike(rows, len(measures))
        return [[(x - mean) / deviation for x, (mean, deviation) in zip(row, measures, strict=True)] for row in rows]


def _deviation(column: Sequence[float], mean: float) -> float:
    return sqrt(fsum((x - mean) ** 2 for x in column) / len(column))


def _alike(rows: Sequence[Sequence[float]], length: int) -> Sequence[Sequence[float]]:
    for i, row in enumerate(rows):
        if len(row) != length:
            raise ValueError(f"every row must have {length} numbers, and row {i} has {len(row)}")
    return rows
