"""Pages of people who work with the hub: where they come in, their own account, and what they enter."""

from portal.staff.account import AccountView, NewFactor, account_html
from portal.staff.inspect import InspectView, PlateView, inspect_html
from portal.staff.login import code_html, left_html, login_html, refused_html
from portal.staff.samples import SampleForm, sample_form_html

__all__ = [
    "AccountView",
    "InspectView",
    "NewFactor",
    "PlateView",
    "SampleForm",
    "account_html",
    "code_html",
    "inspect_html",
    "left_html",
    "login_html",
    "refused_html",
    "sample_form_html",
]
