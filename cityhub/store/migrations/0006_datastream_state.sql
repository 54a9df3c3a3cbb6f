-- What judging remembers of a datastream (cityhub/observing/continuity.py) joins its newest observation: whoever stores
-- holds this one row, and reads and writes it once a batch. NULL where nothing was judged.
ALTER TABLE latest
    ADD COLUMN judged_time timestamptz,   -- phenomenon time of the newest reading judged
    ADD COLUMN judged_value float8,
    ADD COLUMN since timestamptz,         -- first reading of the run of equal values
    ADD COLUMN readings int,              -- how many are in that run
    ADD COLUMN believed_time timestamptz, -- newest reading whose change was possible
    ADD COLUMN believed_value float8;

UPDATE latest l
SET judged_time = c.time, judged_value = c.value, since = c.since, readings = c.readings,
    believed_time = c.believed_time, believed_value = c.believed_value
FROM continuity c
WHERE c.datastream_id = l.datastream_id;

DROP TABLE continuity;
