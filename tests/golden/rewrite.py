"""`make golden`: compiles the examples anew. Read the difference before you commit it."""

from __future__ import annotations

from tests.golden.examples import compiled, golden, sources


def main() -> None:
    """Write the compiled text of every example."""
    for source in sources():
        golden(source).write_text(compiled(source), encoding="utf-8")


if __name__ == "__main__":
    main()
