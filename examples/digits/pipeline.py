"""Handwritten digits: load, split, train two models side by side, evaluate both, choose the better one, report.

The data are the 1,797 pictures of 8 x 8 pixels that scikit-learn brings along, so nothing is fetched but packages.

    bakehouse run examples/digits/pipeline.py -p trees=200
"""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import HTML, ClassificationMetrics, Dataset, Input, Markdown, Metrics, Model, Output

PACKAGES = ["scikit-learn>=1.3,<2"]


@dsl.component(packages_to_install=PACKAGES)
def load_digits(digits: Output[Dataset]) -> int:
    """Write the pictures as CSV, one a line: 64 grey values from 0 to 16, then the digit.

    Args:
        digits: The table.

    Returns:
        How many pictures there are.
    """
    import numpy as np
    from sklearn import datasets

    data = datasets.load_digits()
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    table = np.column_stack([data.data, data.target])
    np.savetxt(digits.path, table, fmt="%d", delimiter=",", header=",".join([*names, "digit"]), comments="")
    digits.metadata["rows"] = len(table)
    print(f"{len(table)} pictures of {len(set(data.target))} digits")
    return len(table)


@dsl.component(packages_to_install=PACKAGES)
def split(digits: Input[Dataset], test_size: float, seed: int, train: Output[Dataset], test: Output[Dataset]):
    """Split the table in two, every digit in the same proportion on both sides.

    Args:
        digits: The table.
        test_size: The share of rows that is kept for the test, between 0 and 1.
        seed: Decides which rows.
        train: The rows to learn from.
        test: The rows to be judged by.
    """
    import numpy as np
    from sklearn.model_selection import train_test_split

    with open(digits.path) as file:
        header = file.readline().strip()
        table = np.loadtxt(file, delimiter=",", dtype=int)
    parts = train_test_split(table, test_size=test_size, random_state=seed, stratify=table[:, -1])
    for part, artifact in zip(parts, (train, test)):
        np.savetxt(artifact.path, part, fmt="%d", delimiter=",", header=header, comments="")
        artifact.metadata["rows"] = len(part)
        print(f"{artifact.name}: {len(part)} rows")


@dsl.component(packages_to_install=PACKAGES)
def train_logistic_regression(train: Input[Dataset], strength: float, max_iter: int, model: Output[Model]):
    """Fit a logistic regression.

    Args:
        train: The rows to learn from.
        strength: How much regularisation; more makes a simpler model.
        max_iter: The most steps that the solver may take.
        model: The fitted model, as joblib writes it.
    """
    import joblib
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = np.loadtxt(train.path, delimiter=",", skiprows=1)
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=1 / strength, max_iter=max_iter)).fit(table[:, :-1], table[:, -1])
    print(f"{fitted[-1].n_iter_[0]} of {max_iter} steps")
    joblib.dump(fitted, model.path)
    model.metadata.update(framework="scikit-learn", kind="logistic regression")


@dsl.component(packages_to_install=PACKAGES)
def train_random_forest(train: Input[Dataset], trees: int, seed: int, model: Output[Model]):
    """Fit a random forest.

    Args:
        train: The rows to learn from.
        trees: How many trees.
        seed: Makes the forest grow the same way each time.
        model: The fitted model, as joblib writes it.
    """
    import joblib
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    table = np.loadtxt(train.path, delimiter=",", skiprows=1)
    fitted = RandomForestClassifier(n_estimators=trees, random_state=seed).fit(table[:, :-1], table[:, -1])
    print(f"{trees} trees, the deepest has {max(tree.get_depth() for tree in fitted.estimators_)} levels")
    joblib.dump(fitted, model.path)
    model.metadata.update(framework="scikit-learn", kind="random forest")


@dsl.component(packages_to_install=PACKAGES)
def evaluate(model: Input[Model], test: Input[Dataset], metrics: Output[Metrics], curves: Output[ClassificationMetrics]) -> float:
    """Judge a model by rows it has not seen.

    Args:
        model: The fitted model.
        test: The rows to be judged by.
        metrics: Accuracy, F1 and area under the ROC curve.
        curves: Confusion matrix, and the ROC curve over all digits together.

    Returns:
        The accuracy, between 0 and 1.
    """
    import joblib
    import numpy as np
    from sklearn import metrics as measures

    table = np.loadtxt(test.path, delimiter=",", skiprows=1)
    fitted = joblib.load(model.path)
    truth, guesses, chances = table[:, -1], fitted.predict(table[:, :-1]), fitted.predict_proba(table[:, :-1])

    hits = (truth[:, None] == fitted.classes_[None, :]).ravel()
    accuracy = float(measures.accuracy_score(truth, guesses))
    metrics.log_metric("accuracy", accuracy)
    metrics.log_metric("f1", float(measures.f1_score(truth, guesses, average="macro")))
    metrics.log_metric("roc_auc", float(measures.roc_auc_score(hits, chances.ravel())))

    matrix = measures.confusion_matrix(truth, guesses, labels=fitted.classes_)
    curves.log_confusion_matrix([str(int(digit)) for digit in fitted.classes_], matrix.tolist())
    false_alarms, found, thresholds = measures.roc_curve(hits, chances.ravel())
    shown = np.unique(np.linspace(0, len(thresholds) - 1, 50).astype(int))  # 50 points draw the curve well enough
    curves.log_roc_curve(false_alarms[shown].tolist(), found[shown].tolist(), np.minimum(thresholds, 1.0)[shown].tolist())
    curves.metadata["kind"] = model.metadata["kind"]
    print(f"{model.metadata['kind']}: {accuracy:.2%} of {len(truth)} digits are right")
    return accuracy


@dsl.component
def choose(first: Input[Model], second: Input[Model], first_accuracy: float, second_accuracy: float, best: Output[Model]) -> NamedTuple(
    "Choice", [("kind", str), ("accuracy", float)]
):
    """Take the better of two models; the first one if they are equally good.

    Args:
        first: A fitted model.
        second: Another one.
        first_accuracy: How good the first one is.
        second_accuracy: How good the second one is.
        best: The better one.

    Returns:
        kind: What kind of model it is.
        accuracy: How good it is.
    """
    import collections
    import shutil

    model, accuracy = (second, second_accuracy) if second_accuracy > first_accuracy else (first, first_accuracy)
    shutil.copyfile(model.path, best.path)
    best.metadata.update(model.metadata, accuracy=accuracy)
    print(f"{model.metadata['kind']} it is")
    choice = collections.namedtuple("Choice", ["kind", "accuracy"])
    return choice(model.metadata["kind"], accuracy)


@dsl.component
def report(kind: str, first: Input[ClassificationMetrics], second: Input[ClassificationMetrics], page: Output[HTML], summary: Output[Markdown]):
    """Write down which model was chosen, and which digits the models mistake for others.

    Args:
        kind: What kind of model was chosen.
        first: What the first model gets right and wrong.
        second: The same of the second one.
        page: Both confusion matrices in colour.
        summary: The common mistakes in words.
    """
    tables, lines = [], [f"# Handwritten digits: {kind}", ""]
    for curves in (first, second):
        title, matrix = curves.metadata["kind"].capitalize(), curves.metadata["confusionMatrix"]
        digits = [spec["displayName"] for spec in matrix["annotationSpecs"]]
        counts = [[int(count) for count in row["row"]] for row in matrix["rows"]]
        rows = [f"<tr><th></th>{''.join(f'<th>{digit}</th>' for digit in digits)}</tr>"]
        for digit, row in zip(digits, counts):
            cells = "".join(f'<td style="background: rgba(200, 110, 30, {count / max(1, sum(row)):.2f})">{count or ""}</td>' for count in row)
            rows.append(f"<tr><th>{digit}</th>{cells}</tr>")
        tables.append(f"<h2>{title}</h2><table>{''.join(rows)}</table>")
        pairs = [(count, digits[i], digits[j]) for i, row in enumerate(counts) for j, count in enumerate(row) if i != j and count]
        worst = [f"{true} read as {read} ({count}x)" for count, true, read in sorted(pairs, reverse=True)[:3]]
        lines.append(f"- {title}: {sum(count for count, _, _ in pairs)} mistakes; {', '.join(worst) or 'none'}")

    style = "body { font-family: sans-serif } td, th { width: 2em; height: 2em; text-align: center }"
    head = f"<!doctype html><meta charset='utf-8'><title>Digits</title><style>{style}</style>"
    with open(page.path, "w") as file:
        file.write(f"{head}<h1>Handwritten digits: {kind}</h1>{''.join(tables)}<p>Rows: the true digit. Columns: what the model read.</p>")
    with open(summary.path, "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))


class Outputs(NamedTuple):
    accuracy: float
    model: Model


@dsl.pipeline(name="digits", description="Recognise handwritten digits with the better of two models.")
def digits(test_size: float = 0.25, seed: int = 7, strength: float = 1.0, max_iter: int = 200, trees: int = 100) -> Outputs:
    """Train two models side by side, and keep the better one.

    Args:
        test_size: The share of pictures that is kept for the test, between 0 and 1.
        seed: Makes the split and the forest the same each time.
        strength: How much the logistic regression is regularised.
        max_iter: The most steps that its solver may take.
        trees: How many trees the forest has.
    """
    loaded = load_digits()
    parts = split(digits=loaded.outputs["digits"], test_size=test_size, seed=seed)

    regression = train_logistic_regression(train=parts.outputs["train"], strength=strength, max_iter=max_iter)
    forest = train_random_forest(train=parts.outputs["train"], trees=trees, seed=seed)

    of_regression = evaluate(model=regression.outputs["model"], test=parts.outputs["test"]).set_display_name("evaluate regression")
    of_forest = evaluate(model=forest.outputs["model"], test=parts.outputs["test"]).set_display_name("evaluate forest")

    choice = choose(
        first=regression.outputs["model"],
        second=forest.outputs["model"],
        first_accuracy=of_regression.outputs["Output"],
        second_accuracy=of_forest.outputs["Output"],
    )
    report(kind=choice.outputs["kind"], first=of_regression.outputs["curves"], second=of_forest.outputs["curves"])
    return Outputs(accuracy=choice.outputs["accuracy"], model=choice.outputs["best"])
