"""`make screenshots`: every page at two widths and in both themes, as pictures to look at one by one."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.server.serving import served
from tests.web import browsing
from tests.web.conftest import furnished


def main(folder: Path) -> None:
    """Take all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, served(Path(place)) as server, browsing.chromium() as browser:
        pages = furnished(server, Path(place)).pages
        for theme in browsing.THEMES:
            for width in (browsing.PHONE, browsing.LAPTOP):
                context = browsing.opened(browser, server.url, width=width, theme=theme)
                page = context.new_page()
                for name, address in pages.items():
                    page.goto(address)
                    page.get_by_role("heading").first.wait_for()
                    page.wait_for_timeout(1_200)  # charts and the graph come to rest
                    page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
                context.close()
        sys.stdout.write(f"{len(pages) * 4} pictures in {folder}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
