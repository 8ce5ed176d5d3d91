"""The estimators against scikit-learn's own checks, and inside what people put them into."""

import pytest

pytest.importorskip("sklearn", reason="scikit-learn, the extra `sklearn`, is not installed")

from sklearn.datasets import make_blobs, make_regression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.sklearn import MLPClassifier, MLPRegressor

SMALL = {"hidden_layer_sizes": (4,), "max_iter": 40, "learning_rate_init": 0.1, "random_state": 0}


@parametrize_with_checks([MLPClassifier(**SMALL), MLPRegressor(**SMALL)])
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_in_a_pipeline_and_a_grid_search():
    rows, labels = make_blobs(40, random_state=0, centers=3, cluster_std=0.5)
    labels = ["abc"[k] for k in labels]
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
    search = GridSearchCV(pipeline, {"mlpclassifier__activation": ["tanh", "logistic"]}, cv=2).fit(rows, labels)
    assert search.score(rows, labels) > 0.9


def test_regression_of_one_and_of_several_numbers():
    rows, targets = make_regression(40, 3, n_targets=2, random_state=0)
    targets = targets / targets.std(axis=0)
    model = make_pipeline(StandardScaler(), MLPRegressor(**SMALL | {"max_iter": 100}))
    assert model.fit(rows, targets).score(rows, targets) > 0.9
    assert model.fit(rows, targets[:, 0]).score(rows, targets[:, 0]) > 0.9


def test_the_network_of_values_is_there_to_be_asked():
    rows, labels = make_blobs(20, random_state=0, centers=2)
    model = MLPClassifier(**SMALL).fit(rows, labels)
    assert model.model_(rows[0].tolist()).label == "L2.z[1]"
    assert model.n_iter_ == len(model.loss_curve_) <= 40
    with pytest.raises(ValueError, match="solver must be"):
        MLPClassifier(solver="lbfgs").fit(rows, labels)
