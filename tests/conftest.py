"""What several test modules share: a browser for the pages.

Pages are tested in Debian's chromium, driven by Playwright (extra `test-browser`). Without them those tests skip, except in CI.
"""

import os
import shutil

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not os.environ.get("CI"):
        pytest.importorskip("playwright", reason="tests of the page need Playwright: pip install playwright")
        if not chromium:
            pytest.skip("tests of the page need chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Opens a page from disk; afterwards: no error, no word on the console, no request but for the file itself."""
    problems, pages = [], []

    def opened(page, fragment="", **options):
        path = page.save(tmp_path / f"page{len(pages)}.html")
        tab = browser.new_page(**({"reduced_motion": "reduce", "viewport": {"width": 1200, "height": 800}} | options))
        tab.on("console", lambda message: problems.append(message.text))
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("request", lambda request: request.url.startswith(("file:", "data:", "blob:")) or problems.append(request.url))
        tab.goto(f"{path.as_uri()}{fragment}")
        pages.append(tab)
        return tab

    yield opened
    for tab in pages:
        tab.close()
    assert problems == []
