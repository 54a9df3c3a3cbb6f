-- What a device, or its last will, said last of being connected.
CREATE TABLE sensor_status (
    sensor_id text PRIMARY KEY REFERENCES sensor,
    online boolean NOT NULL,
    told_at timestamptz NOT NULL, -- when it was received: a last will's own time is that of the connection's begin
    goodbye_time timestamptz      -- the device's own time in its last goodbye that had one
) WITH (fillfactor = 70);

-- How each sensor did on each day of Asia/Ho_Chi_Minh (health.sql). It outlives the raw observations it was counted from.
CREATE TABLE sensor_day (
    sensor_id text NOT NULL REFERENCES sensor,
    day date NOT NULL,
    interval_s int NOT NULL,     -- the sensor's expected interval when the day was counted
    expected int NOT NULL CHECK (expected >= 0),
    reports int NOT NULL CHECK (reports >= 0),
    completeness float8 CHECK (completeness BETWEEN 0 AND 1), -- NULL where nothing was expected
    missing bigint,              -- NULL where the sensor did not number its messages
    restarts int,
    n_rejected int NOT NULL,
    battery float8,              -- %, the day's last
    rssi float8,                 -- dBm, the day's last
    first_time timestamptz,
    last_time timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (sensor_id, day)
);
CREATE INDEX sensor_day_day ON sensor_day (day, sensor_id);

-- Messages that were numbered and never came, and how often the counter began anew, of one datastream of numbers over
-- start_time <= time < end_time, by the rules of cityhub/health.py, which brings the figures. Steps are taken in the order
-- of phenomenon times, the first from the number before the span (not older than a week). `numbers`: those of the span.
-- Quality 3 = range or fault; a number out of range whose flag was cleared by hand is still none.
CREATE FUNCTION sequence_gaps(
    stream int, interval_s int, start_time timestamptz, end_time timestamptz,
    smallest float8, largest float8, jump float8, per_interval float8
) RETURNS TABLE (numbers bigint, missing bigint, restarts bigint)
LANGUAGE sql STABLE AS $$
    WITH numbered AS (
        SELECT o.time, lag(o.time) OVER by_time AS before, o.value - lag(o.value) OVER by_time - 1 AS between
        FROM observation o
        WHERE o.datastream_id = stream AND o.quality & 3 = 0 AND o.value BETWEEN smallest AND largest
          AND o.time < end_time
          AND o.time >= coalesce((
              SELECT b.time FROM observation b
              WHERE b.datastream_id = stream AND b.quality & 3 = 0 AND b.value BETWEEN smallest AND largest
                AND b.time < start_time AND b.time >= start_time - INTERVAL '7 days'
              ORDER BY b.time DESC LIMIT 1
          ), start_time)
        WINDOW by_time AS (ORDER BY o.time)
    ), steps AS (
        SELECT between,
               -- Of a million numbers hardly one jumps, and arithmetic with intervals is dear.
               CASE WHEN between <= jump THEN between >= 0
                    ELSE between <= per_interval * date_part('epoch', time - before) / interval_s
               END AS believed
        FROM numbered
        WHERE time >= start_time
    )
    SELECT count(*), coalesce(sum(between) FILTER (WHERE believed), 0)::bigint, count(*) FILTER (WHERE NOT believed)
    FROM steps
$$;
