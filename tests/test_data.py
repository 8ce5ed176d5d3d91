"""The data sets against figures that others published, and the two steps that prepare them."""

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import DataSet, Standardise, breast_cancer, challenger, iris, train_test_split

# Fisher 1936, table 2: the means of the three species
FISHERS_MEANS = {
    "setosa": [5.006, 3.428, 1.462, 0.246],
    "versicolor": [5.936, 2.770, 4.260, 1.326],
    "virginica": [6.588, 2.974, 5.552, 2.026],
}
# the ranges in UCI's description of the diagnostic breast cancer set, to the digits given there
BREAST_CANCER_RANGES = {
    "mean radius": (6.981, 28.11),
    "mean texture": (9.71, 39.28),
    "mean perimeter": (43.79, 188.5),
    "mean area": (143.5, 2501.0),
    "mean smoothness": (0.053, 0.163),
    "worst radius": (7.93, 36.04),
}


@pytest.mark.parametrize("load", [iris, challenger, breast_cancer])
def test_a_data_set_is_whole(load):
    data = load()
    assert len(data) == len(data.features) == len(data.targets)
    assert {len(row) for row in data.features} == {len(data.feature_names)}
    assert set(data.targets) == set(range(len(data.class_names)))
    assert all(type(x) is float for row in data.features for x in row)
    assert data.source


def test_iris_has_the_means_that_fisher_published():
    data = iris()
    for index, name in enumerate(data.class_names):
        rows = [row for row, target in zip(data.features, data.targets, strict=True) if target == index]
        assert len(rows) == 50
        assert [round(statistics.fmean(column), 3) for column in zip(*rows, strict=True)] == FISHERS_MEANS[name]


def test_iris_follows_the_paper_where_ucis_file_errs():
    assert iris().features[34] == [4.9, 3.1, 1.5, 0.2]
    assert iris().features[37] == [4.9, 3.6, 1.4, 0.1]


def test_breast_cancer_has_the_published_ranges_and_counts():
    data = breast_cancer()
    assert (data.targets.count(0), data.targets.count(1)) == (357, 212)
    for name, (low, high) in BREAST_CANCER_RANGES.items():
        column = [row[data.feature_names.index(name)] for row in data.features]
        digits = 4 if name == "mean radius" else 3
        assert (round(min(column), digits), round(max(column), digits)) == (low, high)


def test_challenger_has_the_published_flights():
    data = challenger()
    assert sorted(row[0] for row, target in zip(data.features, data.targets, strict=True) if target) == [53, 57, 58, 63, 70, 70, 75]
    assert (len(data), min(data.features), max(data.features)) == (23, [53.0], [81.0])


@pytest.mark.parametrize("name", ["iris", "breast_cancer"])
def test_equal_to_scikit_learns_copy(name):
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    theirs, ours = getattr(datasets, f"load_{name}")(), {"iris": iris, "breast_cancer": breast_cancer}[name]()
    assert theirs.data.tolist() == ours.features
    flipped = 1 - theirs.target if name == "breast_cancer" else theirs.target
    assert flipped.tolist() == ours.targets


@given(seed=st.integers(0, 1000), test=st.floats(0.1, 0.9))
def test_a_split_shares_out_every_row_once(seed, test):
    data = iris()
    trained, held_out = train_test_split(data, test, seed)
    assert sorted(trained.features + held_out.features) == sorted(data.features)
    assert {held_out.targets.count(index) for index in range(3)} == {round(test * 50)}


def test_a_split_follows_its_seed():
    assert train_test_split(iris(), seed=3)[1].features == train_test_split(iris(), seed=3)[1].features
    assert train_test_split(iris(), seed=3)[1].features != train_test_split(iris(), seed=4)[1].features


def test_a_split_that_judges_by_nothing_is_refused():
    with pytest.raises(ValueError, match="test must be a fraction above 0 and below 1, and got 30"):
        train_test_split(iris(), 30)
    with pytest.raises(ValueError, match="class 'setosa' leaves one side without any"):
        train_test_split(iris(), 0.001)


def test_standardise_agrees_with_the_statistics_module():
    rows = [[random.Random(i).gauss(3, 2), float(i)] for i in range(20)]
    scale = Standardise(rows)
    for column, mean, deviation in zip(zip(*rows, strict=True), scale.means, scale.deviations, strict=True):
        assert mean == pytest.approx(statistics.fmean(column), rel=1e-14)
        assert deviation == pytest.approx(statistics.pstdev(column), rel=1e-14)
    for column in zip(*scale(rows), strict=True):
        assert statistics.fmean(column) == pytest.approx(0, abs=1e-14)
        assert statistics.pstdev(column) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "at least one row"),
        ([[1.0], [float("nan")]], "finite"),
        ([[1.0, 2.0], [1.0]], "every row must have 2 numbers, and row 1 has 1"),
    ],
)
def test_standardise_refuses_what_it_cannot_measure(rows, message):
    with pytest.raises(ValueError, match=message):
        Standardise(rows)


def test_standardise_refuses_a_row_of_another_length():
    with pytest.raises(ValueError, match="every row must have 2 numbers, and row 0 has 1"):
        Standardise([[1.0, 2.0], [3.0, 5.0]])([[1.0]])


def test_a_data_set_shows_itself_in_a_line():
    assert repr(DataSet("mine", [[1.0]], [0], ("x",), ("a", "b"), "")) == "<mine: 1 row of 1 feature; 1 a, 0 b>"
