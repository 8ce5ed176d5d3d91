"""Data to learn from, in the package: nothing is downloaded.

>>> from nn.data import challenger
>>> challenger().features[:3], challenger().targets[:3]
([[66.0], [70.0], [69.0]], [0, 1, 0])
"""

from nn.data.prepare import Standardise, train_test_split
from nn.data.sets import DataSet, breast_cancer, challenger, iris

__all__ = ["DataSet", "Standardise", "breast_cancer", "challenger", "iris", "train_test_split"]
