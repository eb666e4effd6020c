"""What several steps use. It travels with those that name it in `additional_funcs`, so each function imports what it needs itself."""


def rows_of(path):
    """The rows of a table: (day, degrees)."""
    with open(path) as file:
        return [tuple(float(cell) for cell in line.split(",")) for line in file]


def line_at(path, day):
    """What the line says of a day."""
    import json

    with open(path) as file:
        line = json.load(file)
    return line["start"] + line["slope"] * day
