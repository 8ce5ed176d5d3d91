"""The small real data sets that come with the package: read offline, with nothing to install.

Each is one CSV file beside this module: a header, numbers, and in the last column the class in words. Where a row came from
and what licence it is under is written in LICENSES.md, beside them too.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources


@dataclass(frozen=True, repr=False)
class DataSet:
    """Rows of numbers with the class of each.

    features       one list of floats for each row, in the units that feature_names say
    targets        for each row the index of its class: class_names[targets[i]]
    feature_names  one for each column of features
    class_names    in the order of their index; of two classes the second is the one that is looked for
    source         who measured it, where it was published
    """

    name: str
    features: list[list[float]]
    targets: list[int]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        counts = Counter(self.targets)
        classes = ", ".join(f"{counts[i]} {name}" for i, name in enumerate(self.class_names))
        rows, columns = (f"{n} {word}{'s' * (n != 1)}" for n, word in ((len(self), "row"), (len(self.feature_names), "feature")))
        return f"<{self.name}: {rows} of {columns}; {classes}>"

    @property
    def labels(self) -> list[str]:
        """The class of each row in words.

        >>> challenger().labels[:2]
        ['no distress', 'distress']
        """
        return [self.class_names[target] for target in self.targets]

    def rows(self, wanted: Sequence[int]) -> "DataSet":
        """The data set of these rows alone, in the order given.

        >>> iris().rows([0, 50, 100])
        <iris: 3 rows of 4 features; 1 setosa, 1 versicolor, 1 virginica>
        """
        return replace(self, features=[self.features[i] for i in wanted], targets=[self.targets[i] for i in wanted])

    def columns(self, count: int) -> "DataSet":
        """The same rows with their first `count` features alone."""
        if not 0 < count <= len(self.feature_names):
            raise ValueError(f"count must be from 1 to {len(self.feature_names)} columns, and is {count}")
        return replace(self, features=[row[:count] for row in self.features], feature_names=self.feature_names[:count])

    def with_features(self, features: list[list[float]]) -> "DataSet":
        """The same rows with other numbers, one list for each: standardised ones, for example."""
        if len(features) != len(self):
            raise ValueError(f"features must have one list for each of the {len(self)} rows, and has {len(features)}")
        return replace(self, features=features)


def _read(name: str, class_names: tuple[str, ...], source: str) -> DataSet:
    text = resources.files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    features = [[float(x) for x in row[:-1]] for row in rows]
    return DataSet(name, features, [class_names.index(row[-1]) for row in rows], tuple(header[:-1]), class_names, source)


def iris() -> DataSet:
    """Fisher's iris: length and width of sepals and petals of 150 flowers, 50 of each of three species.

    As in Fisher's paper (and in R and scikit-learn): the file in the UCI repository differs from it in flowers 35 and 38.
    Setosa stands apart; versicolor and virginica overlap, so a few of those are hard for any model.

    >>> iris()
    <iris: 150 rows of 4 features; 50 setosa, 50 versicolor, 50 virginica>
    >>> iris().features[0], iris().feature_names[2]
    ([5.1, 3.5, 1.4, 0.2], 'petal length (cm)')
    """
    source = "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936) 179-188"
    return _read("iris", ("setosa", "versicolor", "virginica"), source)


def challenger() -> DataSet:
    """The 23 flights of the Space Shuttle before Challenger's last: launch temperature in degrees Fahrenheit, and whether
    an O-ring (a rubber seal between two segments of a booster) showed distress afterwards. In order of flight.

    >>> challenger()
    <challenger: 23 rows of 1 feature; 16 no distress, 7 distress>
    """
    source = (
        "Report of the Presidential Commission on the Space Shuttle Challenger Accident (1986); "
        "S. R. Dalal, E. B. Fowlkes, B. Hoadley, Journal of the American Statistical Association 84 (1989) 945-957"
    )
    return _read("challenger", ("no distress", "distress"), source)


def breast_cancer() -> DataSet:
    """Wisconsin diagnostic breast cancer: 30 measures of the cell nuclei in an image of each of 569 tumours.

    Ten measures (radius, texture, perimeter, area, smoothness, ...), each as its mean over the nuclei, its standard error and
    its worst, in pixels of the image. The class that is looked for, malignant, is 1; scikit-learn's copy says 0 for it.

    >>> breast_cancer()
    <breast_cancer: 569 rows of 30 features; 357 benign, 212 malignant>
    >>> breast_cancer().feature_names[:5]
    ('mean radius', 'mean texture', 'mean perimeter', 'mean area', 'mean smoothness')
    """
    source = (
        "W. H. Wolberg, O. L. Mangasarian, W. N. Street, Breast Cancer Wisconsin (Diagnostic), "
        "UCI Machine Learning Repository (1993), doi:10.24432/C5DW2B, CC BY 4.0"
    )
    return _read("breast_cancer", ("benign", "malignant"), source)
