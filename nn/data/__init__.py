"""Data to learn from, in the package: nothing is downloaded.

>>> from nn.data import challenger
>>> challenger().features[:3], challenger().targets[:3]
([[66.0], [70.0], [69.0]], [0, 1, 0])
"""

from nn.data.generators import blobs, circles, linear, moons, spirals, xor
from nn.data.prepare import Standardise, train_test_split
from nn.data.sets import DataSet, breast_cancer, challenger, iris
from nn.data.table import TableError, read_csv, read_table

__all__ = [
    "DataSet",
    "Standardise",
    "TableError",
    "blobs",
    "breast_cancer",
    "challenger",
    "circles",
    "iris",
    "linear",
    "moons",
    "read_csv",
    "read_table",
    "spirals",
    "train_test_split",
    "xor",
]
