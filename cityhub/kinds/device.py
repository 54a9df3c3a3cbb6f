"""What every device may report beside its values."""

from cityhub.kinds.model import ObservedProperty as P
from cityhub.kinds.model import table

# Every device may report these beside its values.
DEVICE_PROPERTIES = table(
    P("battery", "%", 0, 100, "last", "Pin", "Battery", 0),
    P("rssi", "dBm", -150, 0, "last", "Cường độ tín hiệu", "Signal strength", 0),
    # Stored like any observation, so that what is missing between two numbers can be counted in any order of arrival.
    P("seq", "", 0, 2**53, "last", "Số thứ tự bản tin", "Message number", 0),
)
