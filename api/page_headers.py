"""What browsers may do with anything that people see: set here, once, and by no proxy.

A page adds its own content security policy (portal/policy.py).
"""

from collections.abc import Mapping

PAGE_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    # The provider of map tiles is told the hub's name, which some ask for, and never a page.
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
}
