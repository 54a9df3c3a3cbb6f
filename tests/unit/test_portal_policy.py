"""The content security policy of the pages."""

import base64
import hashlib
import re

from maps.document import page
from portal.policy import content_security_policy


def test_every_inline_script_of_a_map_is_named_by_its_hash() -> None:
    html = page("air", "vi")
    policy = content_security_policy(html)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert scripts
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-inline" not in policy


def test_only_embedded_pages_may_be_framed_by_others() -> None:
    assert "frame-ancestors 'self'" in content_security_policy("")
    assert "frame-ancestors *" in content_security_policy("", embed=True)


def test_an_operator_names_the_sites_that_may_frame() -> None:
    policy = content_security_policy("", embed=True, framed_by="https://a.example, https://b.example:8443")
    assert "frame-ancestors 'self' https://a.example https://b.example:8443" in policy
    assert "frame-ancestors 'self'" in content_security_policy("", framed_by="https://a.example")


def test_images_come_from_the_hub_and_from_the_operators_tiles() -> None:
    assert "img-src 'self' data:;" in content_security_policy("")
    tiles = content_security_policy("", tiles_url="https://{s}.tiles.example.net:8443/{z}/{x}/{y}.png")
    assert "img-src 'self' data: https://*.tiles.example.net:8443;" in tiles
    assert "img-src 'self' data:;" in content_security_policy("", tiles_url="/tiles/{z}/{x}/{y}.png")
