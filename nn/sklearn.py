"""Scikit-learn estimators over MLP: MLPClassifier and MLPRegressor, with scikit-learn's names. Needs the extra `sklearn`.

They work in Pipeline, GridSearchCV and cross validation. The trained network of Values is `model_`, to be drawn and explained.
"""

from typing import Any

from nn.history import History
from nn.layers import MLP
from nn.optim import SGD, Adam, Optimizer
from nn.train import early_stopping

try:
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise ImportError("nn.sklearn needs scikit-learn 1.6 or later: pip install 'blamegrad[sklearn]'") from None

_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}  # scikit-learn's words for ours


class _MLP(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def __init__(
        self,
        hidden_layer_sizes: Any = (16,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate_init: float = 0.01,
        max_iter: int = 200,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        momentum: float = 0.9,
        backend: str = "auto",
    ) -> None:
        self.hidden_layer_sizes, self.activation, self.solver, self.alpha = hidden_layer_sizes, activation, solver, alpha
        self.batch_size, self.learning_rate_init, self.max_iter = batch_size, learning_rate_init, max_iter
        self.random_state, self.tol, self.n_iter_no_change = random_state, tol, n_iter_no_change
        self.momentum, self.backend = momentum, backend

    def _train(self, X: Any, y: Any, outputs: int, cost: str) -> None:  # noqa: N803
        sizes = self.hidden_layer_sizes
        hidden = [int(size) for size in (sizes if hasattr(sizes, "__iter__") else [sizes])]
        random = check_random_state(self.random_state)
        activation = _ACTIVATIONS.get(self.activation, self.activation)
        model = MLP(X.shape[1], [*hidden, outputs], activation, seed=int(random.randint(2**31 - 1)))
        rows = min(200, len(X)) if self.batch_size == "auto" else min(int(self.batch_size), len(X))
        self.history_: History = model.fit(
            X,
            y,
            cost,
            self._optimizer(model, rows),
            epochs=int(self.max_iter),
            batch_size=rows,
            seed=int(random.randint(2**31 - 1)),
            callbacks=[early_stopping("cost", int(self.n_iter_no_change), float(self.tol), restore=False)],
            backend=self.backend,
            progress=False,
        )
        self.model_, self.n_iter_, self.loss_curve_ = model, self.history_.epochs, list(self.history_.costs)

    def _optimizer(self, model: MLP, rows: int) -> Optimizer:
        """scikit-learn divides its penalty alpha/2 |w|**2 by the rows of a batch; here biases decay with the weights."""
        decay, lr = self.alpha / rows, self.learning_rate_init
        if self.solver == "adam":
            return Adam(model.parameters(), lr, weight_decay=decay)
        if self.solver == "sgd":
            nesterov = self.momentum > 0
            return SGD(model.parameters(), lr, self.momentum, weight_decay=decay, nesterov=nesterov)
        raise ValueError(f"solver must be 'adam' or 'sgd', and got {self.solver!r}")

    def _rows(self, X: Any) -> Any:  # noqa: N803
        check_is_fitted(self)
        return validate_data(self, X, reset=False, dtype=np.float64)


class MLPClassifier(ClassifierMixin, _MLP):  # type: ignore[misc]
    """A network that answers classes, as scikit-learn's of that name.

    Smaller and quicker to start by default (one hidden layer of 16, learning_rate_init 0.01): every weight is a node that can
    be asked. `solver` is "adam" or "sgd".
    """

    def fit(self, X: Any, y: Any) -> "MLPClassifier":  # noqa: N803
        """Train on rows and class labels."""
        X, y = validate_data(self, X, y, dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        count = len(self.classes_)
        if count < 2:
            raise ValueError("MLPClassifier needs rows of at least two classes, and got one class")
        cost = "cross_entropy" if count > 2 else "binary_cross_entropy_with_logits"
        self._train(X, indices, count if count > 2 else 1, cost)
        return self

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """The probability of each class, in the order of `classes_`."""
        rows = self._rows(X)
        return np.array(self.model_.predict_proba(rows))

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The class label of each row."""
        rows = self._rows(X)
        return self.classes_[np.array(self.model_.predict(rows), dtype=int)]


class MLPRegressor(RegressorMixin, _MLP):  # type: ignore[misc]
    """A network that answers numbers, as scikit-learn's of that name; defaults as for MLPClassifier."""

    def fit(self, X: Any, y: Any) -> "MLPRegressor":  # noqa: N803
        """Train on rows and targets: a number each, or several."""
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)  # noqa: N806
        self._single = y.ndim == 1
        self._train(X, y.astype(float), 1 if self._single else y.shape[1], "mse")
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The number, or numbers, of each row."""
        rows = self._rows(X)
        found = np.array(self.model_.predict(rows))
        return found if self._single or found.ndim == 2 else found[:, np.newaxis]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
