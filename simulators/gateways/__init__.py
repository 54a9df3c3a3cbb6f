"""A VNPAY, a MoMo and a bank with its tellers, to pay at where no money is meant to move.

They speak the real protocols over HTTP on 127.0.0.1 and sign with code of their own, so that the hub's is not held
against itself. Their keys are those of the hub's settings.
"""

from simulators.gateways.misbehaviour import Switch
from simulators.gateways.server import Gateways, serve
from simulators.gateways.tellers import TELLERS

__all__ = ["TELLERS", "Gateways", "Switch", "serve"]
