"""Generated shapes against their definitions, and CSV files, good and bad."""

import math
import statistics

import pytest

from nn import data
from nn.data import TableError, blobs, circles, linear, moons, read_csv, read_table, spirals, xor

SHAPES = [xor, moons, circles, spirals, blobs]


@pytest.mark.parametrize("make", [*SHAPES, linear])
def test_the_same_seed_gives_the_same_rows_and_another_gives_others(make):
    assert make(50, noise=0.1, seed=1) == make(50, noise=0.1, seed=1) != make(50, noise=0.1, seed=2)


@pytest.mark.parametrize("make", SHAPES)
@pytest.mark.parametrize("n", [5, 50, 51])
def test_as_many_rows_as_asked_in_classes_of_like_size(make, n):
    rows, labels = make(n)
    assert len(rows) == len(labels) == n
    counts = [labels.count(k) for k in set(labels)]
    assert max(counts) - min(counts) <= (1 if make is not xor else n / 4 + 1)


def test_moons_equal_scikit_learns():
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn, the peer, is not installed")
    rows, ours = moons(101, noise=0.0)
    expected, labels = datasets.make_moons((51, 50), shuffle=False, noise=None)
    assert ours == labels.tolist()
    assert [x for row in rows for x in row] == pytest.approx(expected.ravel().tolist(), abs=1e-12)


def test_circles_and_spirals_have_their_radii():
    rows, labels = circles(40, noise=0.0, factor=0.3)
    assert [math.hypot(*row) for row in rows] == pytest.approx([1.0 if k == 0 else 0.3 for k in labels])
    rows, labels = spirals(40, noise=0.0, classes=4)
    assert [math.hypot(*row) for row in rows] == pytest.approx([(i % 10 + 1) / 10 for i in range(40)])


def test_noise_has_the_deviation_asked_for():
    rows, labels = blobs(4000, noise=2.0, classes=1)
    assert set(labels) == {0}
    for column in zip(*rows, strict=True):
        assert statistics.pstdev(column) == pytest.approx(2.0, rel=0.1)


def test_linear_is_linear():
    rows, targets = linear(20, noise=0.0, weights=(2.0, -3.0), bias=0.5)
    assert targets == pytest.approx([0.5 + 2.0 * a - 3.0 * b for a, b in rows])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: moons(0), "n must be"),
        (lambda: moons(2.5), "n must be"),
        (lambda: moons(noise=-1), "noise must be"),
        (lambda: moons(noise=math.nan), "noise must be"),
        (lambda: blobs(2, classes=3), "classes must be"),
        (lambda: circles(factor=1.0), "factor must be"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.fixture
def write(tmp_path):
    def written(text, encoding="utf-8"):
        (tmp_path / "d.csv").write_bytes(text.encode(encoding))
        return tmp_path / "d.csv"

    return written


def test_a_csv_file_is_a_data_set(write):
    found = read_csv(write('\ufefflength,"width, cm",kind\r\n1,2.5,b\r\n3,-4e-1,a\r\n\r\n5, 6 ,b\r\n'))
    assert found.features == [[1.0, 2.5], [3.0, -0.4], [5.0, 6.0]]
    assert (found.targets, found.class_names, found.feature_names) == ([1, 0, 1], ("a", "b"), ("length", "width, cm"))
    train, test = data.train_test_split(read_csv(write("x,y\n" + "1,0\n2,1\n" * 5)), test=0.4)
    assert (len(train), len(test)) == (6, 4)


def test_classes_that_are_numbers_are_sorted_as_numbers(write):
    assert read_csv(write("x,k\n1,10\n2,9\n")).class_names == ("9", "10")


def test_the_target_may_be_any_column(write):
    path = write("kind,x\na,1\nb,2\n")
    assert read_csv(path, "kind").features == read_csv(path, 0).features == [[1.0], [2.0]]


def test_a_table_of_numbers(write):
    assert read_table(write("x;y\n1;2\n"), delimiter=";") == (["x", "y"], [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one row"),
        ("x,y\n", "at least one row"),
        ("1,2\n3,4\n", "must name the columns"),
        ("x,x\n1,2\n", "same name"),
        ("x,y\n1,a\n2\n", r"d\.csv, line 3: 1 columns, and the header has 2"),
        ("x,y\n1,a\n?,b\n", r"d\.csv, line 3, column 'x' must be a number, and is '\?'"),
        ("x,y\n1,a\n,b\n", r"line 3, column 'x' must be a number, and is empty"),
        ("x,y\nnan,a\n", r"line 2, column 'x'"),
        ('x,y\n"1,a\n', "no CSV file"),
    ],
)
def test_a_bad_file_names_line_and_column(write, text, message):
    with pytest.raises(TableError, match=message):
        read_csv(write(text))


def test_other_encodings_and_unknown_columns_are_refused(write):
    with pytest.raises(TableError, match="UTF-8"):
        read_csv(write("x,y\n1,ü\n", "latin-1"))
    with pytest.raises(TableError, match="no 'z'"):
        read_csv(write("x,y\n1,a\n"), "z")
