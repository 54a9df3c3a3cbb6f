-- What devices that send a running total showed last (cityhub/observing/counters.py). NULL before the first total.
CREATE TABLE counter (
    datastream_id int PRIMARY KEY,
    time timestamptz,     -- phenomenon time
    total float8,         -- in the property's unit
    before_reset float8   -- the last total before the counter last fell
) WITH (fillfactor = 70);
