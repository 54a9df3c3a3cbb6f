"""What axe-core finds on a page, and whether it fits a narrow window."""

from typing import Any

from playwright.sync_api import Page

from maps.assets import packages_directory

_RUN = "options => axe.run(document, { resultTypes: ['violations'], ...options })"


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page, a line each: all of its rules in light colours, and in dark
    ones those of contrast, for no other depends on colours. The page is left in light ones.
    """
    page.emulate_media(color_scheme="light")
    page.evaluate((packages_directory() / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = _found(page, {})
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {line}" for line in _found(page, {"runOnly": ["color-contrast"]})]
    page.emulate_media(color_scheme="light")
    return found


def _found(page: Page, options: dict[str, Any]) -> list[str]:
    found: dict[str, Any] = page.evaluate(_RUN, options)
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def wide(page: Page, width: int = 320) -> int:
    """Pixels by which the page is wider than a window of `width`."""
    before = page.viewport_size
    assert before is not None
    page.set_viewport_size({"width": width, "height": 640})
    found = int(page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))
    page.set_viewport_size(before)
    return found
