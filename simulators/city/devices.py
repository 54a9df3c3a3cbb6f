"""The devices themselves: a primary cell that empties over years or a battery on a solar panel; radio signal."""

import math

from cityhub.kinds import KindName
from simulators.city import clock
from simulators.city.noise import Noise, between, uniform

_CELL_LIFE_D = 1500.0
_SOLAR = frozenset(("air", "rain", "flood", "water"))


class Device:
    """Battery, signal and message counter of one sensor. Only the counter has a memory."""

    def __init__(self, seed: int, sensor_id: str, kind: KindName) -> None:
        self._seed, self._id = seed, sensor_id
        self._solar = kind in _SOLAR
        self._age_d = between(0, _CELL_LIFE_D, seed, sensor_id, "cell")
        self._full = between(82, 97, seed, sensor_id, "panel")
        self._signal = between(-98, -58, seed, sensor_id, "signal")
        self._weather = Noise(seed, f"cloud {sensor_id}", 1.5 * clock.DAY_S)
        self._seq = 0

    def battery(self, t: float) -> int:
        """Charge in whole percent. Solar: full about 16 o'clock, lowest before sunrise; a cell only empties."""
        if not self._solar:
            return round(100 - 92 * ((t / clock.DAY_S + self._age_d) % _CELL_LIFE_D) / _CELL_LIFE_D)
        daily = 6 * math.cos((clock.hour(t) - 16) / 24 * 2 * math.pi)
        return round(min(max(self._full - 8 + daily + 4 * self._weather.at(t), 5.0), 100.0))

    def rssi(self, t: float) -> int:
        """Signal strength in dBm, jittering from message to message."""
        return round(self._signal + 6 * (uniform(self._seed, self._id, round(t * 1000)) - 0.5))

    def next_seq(self) -> int:
        """1, 2, 3 ...: the device counts its messages since it was started."""
        self._seq += 1
        return self._seq
