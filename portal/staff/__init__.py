"""Pages of people who work with the hub: where they come in, and their own account."""

from portal.staff.account import AccountView, NewFactor, account_html
from portal.staff.login import code_html, login_html

__all__ = ["AccountView", "NewFactor", "account_html", "code_html", "login_html"]
