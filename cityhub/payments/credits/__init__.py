"""Who tells of transfers into the account: one module for each, with the same `read`. Pure.

A transfer by VietQR has no callback of its own; these watch the account and report.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from cityhub.payments.credits import casso, ours, payos, sepay, vietqr_vn
from cityhub.payments.credits.model import Credit, NotGenuine, NotUnderstood, Secret, Teller

TELLERS: Mapping[str, Teller] = MappingProxyType(
    {
        "ours": cast(Teller, ours),
        "payos": cast(Teller, payos),
        "casso": cast(Teller, casso),
        "sepay": cast(Teller, sepay),
        "vietqr_vn": cast(Teller, vietqr_vn),
    }
)

__all__ = ["TELLERS", "Credit", "NotGenuine", "NotUnderstood", "Secret", "Teller"]
