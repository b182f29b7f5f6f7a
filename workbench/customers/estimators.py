"""Boosting and regularised logistic regression over tables with numbers, names and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

KINDS = ("boosting", "logistic")
LEAVES, ROWS, RATE, ROUNDS = 15, 60, 0.05, 300
"""Of the trees: leaves, fewest rows of one, learning rate, most rounds (it stops when nothing is gained)."""

PENALTY = 0.3
"""C of the logistic regression over scaled columns; smaller is stricter."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """Turns a table into numbers, with the names that were known when it was made.

    Attributes:
        numbers: Columns of numbers. names: Column of names → its known values.
    """

    numbers: tuple[str, ...]
    names: dict[str, tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in order: numbers, then names."""
        return (*self.numbers, *self.names)

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Rows × columns; names as codes, gaps and unknown names as NaN."""
        import numpy as np
        import pandas as pd

        parts = [table[name].to_numpy(float) for name in self.numbers]
        for name, known in self.names.items():
            code = pd.Categorical(table[name], categories=list(known)).codes.astype(float)
            parts.append(np.where(code < 0, np.nan, code))
        return np.column_stack(parts)


def encoder(table: pd.DataFrame) -> Encoder:
    """The encoder of a table: what is no number is a name; columns without two values are left out."""
    import pandas as pd

    varied = [str(name) for name in table if table[name].nunique() > 1]
    numbers = tuple(name for name in varied if pd.api.types.is_numeric_dtype(table[name]))
    names = {
        name: tuple(sorted(map(str, table[name].dropna().unique()))) for name in varied if name not in numbers
    }
    return Encoder(numbers, names)


@dataclass(frozen=True, eq=False)
class Estimator:
    """A fitted model.

    Attributes:
        kind: `boosting` or `logistic`.
        encoder: Of the columns.
        fitted: The scikit-learn model.
    """

    kind: str
    encoder: Encoder
    fitted: Any

    def score(self, table: pd.DataFrame) -> np.ndarray:
        """Probabilities, not calibrated yet."""
        with one_thread():
            return self.of(self.encoder.encode(table))

    def of(self, matrix: np.ndarray) -> np.ndarray:
        """As `score`, of an encoded table."""
        found: np.ndarray = self.fitted.predict_proba(matrix)[:, 1]
        return found


def one_thread() -> Any:
    """A context in which matrix and tree libraries use one thread.

    On a few busy cores several threads wait for one another: one is many times faster.
    """
    return _pools().limit(limits=1)


@cache
def _pools() -> Any:
    import sklearn.ensemble  # noqa: F401 - its libraries must be there before their threads are counted
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def fit(kind: str, table: pd.DataFrame, happened: np.ndarray, seed: int) -> Estimator:
    """Fit one kind of model.

    Args:
        kind: `boosting` (histogram gradient boosting) or `logistic` (ridge).
        table: Features.
        happened: Outcomes, 0 or 1.
        seed: Of the early stopping.
    """
    import warnings

    code = encoder(table)
    model = _boosting(code, len(table), seed) if kind == "boosting" else _logistic(code)
    with warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore")  # a column of gaps only, a name that is new: both are handled
        return Estimator(kind, code, model.fit(code.encode(table), happened))


def _boosting(code: Encoder, rows: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    named = [column in code.names for column in code.columns]
    return HistGradientBoostingClassifier(
        learning_rate=RATE,
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=min(ROWS, max(5, rows // 50)),
        l2_regularization=1.0,
        categorical_features=named if any(named) else None,
        early_stopping=True,
        n_iter_no_change=15,
        random_state=seed,
    )


def _logistic(code: Encoder) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    size = len(code.numbers)
    numbers = make_pipeline(
        FunctionTransformer(squeezed),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    names = OneHotEncoder(handle_unknown="ignore")
    parts = [("numbers", numbers, list(range(size)))] if size else []
    if code.names:
        parts.append(("names", names, list(range(size, len(code.columns)))))
    return make_pipeline(ColumnTransformer(parts), LogisticRegression(C=PENALTY, max_iter=500))


def squeezed(values: np.ndarray) -> np.ndarray:
    """Long tails drawn in: sign · log(1 + size)."""
    import numpy as np

    found: np.ndarray = np.sign(values) * np.log1p(np.abs(values))
    return found
