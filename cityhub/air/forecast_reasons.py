"""Why there is no forecast of a station."""

from typing import Literal

#   not_trained    no model has been made yet; it is a job's work
#   short_history  fewer than eight weeks of hours: nothing can be learnt and then tried on weeks it has not seen
#   no_skill       what was learnt did not beat the present value and the same hour of the day before
#   no_data        the station's last hours are missing
#   stale          nothing new was told for hours: the job does not run
Why = Literal["not_trained", "short_history", "no_skill", "no_data", "stale"]
