-- What each hour of a datastream of numbers comes to by itself (health.sql), so that a day of numbers is read once and not
-- at every question. `n`, `n_rejected`, `sum` are those of observation_hourly when it was counted: while they agree, the count
-- is good; whatever comes late or is corrected makes them differ.
CREATE TABLE sequence_hour (
    datastream_id int NOT NULL,
    hour timestamptz NOT NULL,
    numbers bigint NOT NULL,
    missing bigint NOT NULL,     -- of the steps within the hour
    restarts bigint NOT NULL,
    first_time timestamptz,      -- the step to the first number is the hour before's affair
    first_value float8,
    last_time timestamptz,
    last_value float8,
    interval_s int NOT NULL,     -- the sensor's interval, by which jumps are believed
    n int NOT NULL,
    n_rejected int NOT NULL,
    sum float8 NOT NULL,
    PRIMARY KEY (datastream_id, hour)
);
-- Only the last weeks are of use.
CREATE INDEX sequence_hour_hour ON sequence_hour (hour);

-- Numbers of start_time <= time < end_time and the steps between them, by the rules of cityhub/devices/health.py, which brings
-- the figures. Quality 3 = range or fault; a number out of range whose flag was cleared by hand is still none.
CREATE FUNCTION sequence_span(
    stream int, interval_s int, start_time timestamptz, end_time timestamptz,
    smallest float8, largest float8, jump float8, per_interval float8
) RETURNS TABLE (
    numbers bigint, missing bigint, restarts bigint,
    first_time timestamptz, first_value float8, last_time timestamptz, last_value float8
)
LANGUAGE sql STABLE AS $$
    WITH numbered AS (
        SELECT o.time, o.value, lag(o.time) OVER by_time AS before, o.value - lag(o.value) OVER by_time - 1 AS between
        FROM observation o
        WHERE o.datastream_id = stream AND o.quality & 3 = 0 AND o.value BETWEEN smallest AND largest
          AND o.time >= start_time AND o.time < end_time
        WINDOW by_time AS (ORDER BY o.time)
    ), steps AS (
        SELECT time, value, between,
               -- Of a million numbers hardly one jumps, and arithmetic with intervals is dear.
               CASE WHEN between <= jump THEN between >= 0
                    ELSE between <= per_interval * date_part('epoch', time - before) / interval_s
               END AS believed
        FROM numbered
    )
    SELECT count(*), coalesce(sum(between) FILTER (WHERE believed), 0)::bigint, count(*) FILTER (WHERE NOT believed),
           min(time), min(value) FILTER (WHERE between IS NULL), max(time),
           -- A row beside the newest time of a whole span would need a sort.
           (SELECT o.value FROM observation o
            WHERE o.datastream_id = stream AND o.quality & 3 = 0 AND o.value BETWEEN smallest AND largest
              AND o.time >= start_time AND o.time < end_time
            ORDER BY o.time DESC LIMIT 1)
    FROM steps
$$;

-- As before (0004_health.sql): messages that were numbered and never came, and how often the counter began anew, of one datastream
-- over start_time <= time < end_time, the first step from the number before the span (not older than a week). Now it
-- takes whole hours as they were counted and reads only those that were not or have changed since.
CREATE OR REPLACE FUNCTION sequence_gaps(
    stream int, interval_s int, start_time timestamptz, end_time timestamptz,
    smallest float8, largest float8, jump float8, per_interval float8
) RETURNS TABLE (numbers bigint, missing bigint, restarts bigint)
LANGUAGE sql STABLE AS $$
    WITH hours AS (
        SELECT greatest(h.hour, start_time) AS begin, least(h.hour + INTERVAL '1 hour', end_time) AS finish, c.*
        FROM observation_hourly h
        LEFT JOIN sequence_hour c
               ON c.datastream_id = h.datastream_id AND c.hour = h.hour AND c.interval_s = sequence_gaps.interval_s
              AND (c.n, c.n_rejected, c.sum) = (h.n, h.n_rejected, h.sum)
              AND h.hour >= start_time AND h.hour + INTERVAL '1 hour' <= end_time
        WHERE h.datastream_id = stream AND h.hour > start_time - INTERVAL '1 hour' AND h.hour < end_time
    ), parts AS (
        SELECT begin, numbers, missing, restarts, first_time, first_value, last_time, last_value
        FROM hours WHERE numbers > 0
        UNION ALL
        SELECT h.begin, p.*
        FROM hours h
        CROSS JOIN LATERAL sequence_span(
            stream, sequence_gaps.interval_s, h.begin, h.finish, smallest, largest, jump, per_interval
        ) p
        WHERE h.numbers IS NULL AND p.numbers > 0
    ), joined AS (
        SELECT p.*, coalesce(lag(p.last_time) OVER by_time, b.time) AS before,
               p.first_value - coalesce(lag(p.last_value) OVER by_time, b.value) - 1 AS between
        FROM parts p
        LEFT JOIN (
            SELECT o.time, o.value FROM observation o
            WHERE o.datastream_id = stream AND o.quality & 3 = 0 AND o.value BETWEEN smallest AND largest
              AND o.time < start_time AND o.time >= start_time - INTERVAL '7 days'
            ORDER BY o.time DESC LIMIT 1
        ) b ON true
        WINDOW by_time AS (ORDER BY p.begin)
    ), steps AS (
        SELECT numbers, missing, restarts, between,
               CASE WHEN between <= jump THEN between >= 0
                    ELSE between <= per_interval * date_part('epoch', first_time - before) / sequence_gaps.interval_s
               END AS believed
        FROM joined
    )
    SELECT coalesce(sum(numbers), 0)::bigint,
           (coalesce(sum(missing), 0) + coalesce(sum(between) FILTER (WHERE believed), 0))::bigint,
           (coalesce(sum(restarts), 0) + count(*) FILTER (WHERE NOT believed))::bigint
    FROM steps
$$;
