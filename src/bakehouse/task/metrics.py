"""Metrics of classifiers: ROC curves and confusion matrices, kept in an artifact's metadata as KFP's UI reads them."""

from __future__ import annotations

from .artifacts import Artifact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence

__all__ = ["ClassificationMetrics", "SlicedClassificationMetrics"]


class ClassificationMetrics(Artifact):
    """ROC curve and confusion matrix of one classifier. Methods raise `ValueError` where lengths or categories do not fit.

    ```python
    from bakehouse import dsl


    @dsl.component
    def evaluate(found: dsl.Output[dsl.ClassificationMetrics]):
        found.log_confusion_matrix(categories=["cat", "dog"], matrix=[[8, 2], [1, 9]])
        found.log_roc_curve(fpr=[0.0, 0.1, 1.0], tpr=[0.0, 0.9, 1.0], threshold=[1.0, 0.5, 0.0])


    @dsl.pipeline
    def evaluated():
        evaluate()
    ```
    """

    schema_title = "system.ClassificationMetrics"

    def log_roc_data_point(self, fpr: float, tpr: float, threshold: float) -> None:
        """Add one point of the ROC curve: false and true positive rate at a threshold."""
        _add_point(self.metadata, fpr, tpr, threshold)

    def log_roc_curve(self, fpr: List[float], tpr: List[float], threshold: List[float]) -> None:
        """Add points of the ROC curve, given as three lists of equal length."""
        if len(fpr) != len(tpr) or len(fpr) != len(threshold):
            raise ValueError(f"fpr, tpr and threshold must be of equal length, but have {len(fpr)}, {len(tpr)} and {len(threshold)} values")
        for false_rate, true_rate, at in zip(fpr, tpr, threshold):  # noqa: B905  # `strict` came with Python 3.10
            _add_point(self.metadata, false_rate, true_rate, at)

    def set_confusion_matrix_categories(self, categories: List[str]) -> None:
        """Start the confusion matrix: a square of zeros."""
        _start_matrix(self.metadata, categories)

    def log_confusion_matrix_row(self, row_category: str, row: List[float]) -> None:
        """Set the row of one actual category."""
        _set_row(self.metadata, row_category, row)

    def log_confusion_matrix_cell(self, row_category: str, col_category: str, value: int) -> None:
        """Set one cell."""
        _set_cell(self.metadata, row_category, col_category, value)

    def log_confusion_matrix(self, categories: List[str], matrix: List[List[int]]) -> None:
        """Set the whole confusion matrix."""
        _set_matrix(self.metadata, categories, matrix)


class SlicedClassificationMetrics(Artifact):
    """ROC curves and confusion matrices, one pair for each slice of the data; kept in the metadata as `evaluationSlices`."""

    schema_title = "system.SlicedClassificationMetrics"

    def __init__(self, name: Optional[str] = None, uri: Optional[str] = None, metadata: Optional[Dict[str, Any]] = None) -> None:
        super().__init__(name, uri, metadata)
        self._sliced_metrics: Dict[str, Dict[str, Any]] = {
            entry["slice"]: entry["sliceClassificationMetrics"] for entry in self.metadata.get("evaluationSlices", ())
        }

    def log_roc_reading(self, slice: str, threshold: float, tpr: float, fpr: float) -> None:
        """Add one point to the ROC curve of a slice."""
        _add_point(self._of(slice), fpr, tpr, threshold)

    def load_roc_readings(self, slice: str, readings: List[List[float]]) -> None:
        """Add points to the ROC curve of a slice, each `[threshold, tpr, fpr]`."""
        for threshold, tpr, fpr in readings:
            _add_point(self._of(slice), fpr, tpr, threshold)

    def set_confusion_matrix_categories(self, slice: str, categories: List[str]) -> None:
        """Start the confusion matrix of a slice: a square of zeros."""
        _start_matrix(self._of(slice), categories)

    def log_confusion_matrix_row(self, slice: str, row_category: str, row: List[int]) -> None:
        """Set the row of one actual category in a slice."""
        _set_row(self._of(slice), row_category, row)

    def log_confusion_matrix_cell(self, slice: str, row_category: str, col_category: str, value: int) -> None:
        """Set one cell in a slice."""
        _set_cell(self._of(slice), row_category, col_category, value)

    def load_confusion_matrix(self, slice: str, categories: List[str], matrix: List[List[int]]) -> None:
        """Set the whole confusion matrix of a slice."""
        _set_matrix(self._of(slice), categories, matrix)

    def _of(self, name: str) -> Dict[str, Any]:
        """What is known of a slice. The metadata refers to the very same mappings, so that they need no second writing."""
        if name not in self._sliced_metrics:
            self._sliced_metrics[name] = {}
            self.metadata.setdefault("evaluationSlices", []).append({"slice": name, "sliceClassificationMetrics": self._sliced_metrics[name]})
        return self._sliced_metrics[name]


def _add_point(metrics: Dict[str, Any], fpr: float, tpr: float, threshold: float) -> None:
    metrics.setdefault("confidenceMetrics", []).append({"confidenceThreshold": threshold, "recall": tpr, "falsePositiveRate": fpr})


def _start_matrix(metrics: Dict[str, Any], categories: Sequence[str]) -> None:
    metrics["confusionMatrix"] = {
        "annotationSpecs": [{"displayName": category} for category in categories],
        "rows": [{"row": [0] * len(categories)} for _ in categories],
    }


def _set_row(metrics: Dict[str, Any], category: str, row: Sequence[float]) -> None:
    index, categories = _place(metrics, category)
    if len(row) != len(categories):
        raise ValueError(f"a row of the confusion matrix has {len(categories)} values, one for each category, but {len(row)} were given")
    metrics["confusionMatrix"]["rows"][index] = {"row": list(row)}


def _set_cell(metrics: Dict[str, Any], row_category: str, col_category: str, value: float) -> None:
    row, _ = _place(metrics, row_category)
    column, _ = _place(metrics, col_category)
    metrics["confusionMatrix"]["rows"][row]["row"][column] = value


def _set_matrix(metrics: Dict[str, Any], categories: Sequence[str], matrix: Sequence[Sequence[float]]) -> None:
    if len(matrix) != len(categories):
        raise ValueError(f"a confusion matrix of the categories {list(categories)} has {len(categories)} rows, but {len(matrix)} were given")
    _start_matrix(metrics, categories)
    for category, row in zip(categories, matrix):  # noqa: B905  # `strict` came with Python 3.10
        _set_row(metrics, category, row)


def _place(metrics: Dict[str, Any], category: str) -> "tuple[int, List[str]]":
    if "confusionMatrix" not in metrics:
        raise ValueError("the confusion matrix has no categories yet: call set_confusion_matrix_categories first")
    categories = [each["displayName"] for each in metrics["confusionMatrix"]["annotationSpecs"]]
    if category not in categories:
        raise ValueError(f"{category!r} is not a category of the confusion matrix; its categories are {categories}")
    return categories.index(category), categories
