-- name: begun_until
SELECT until FROM days_begun

-- name: first_day
-- Of all that is stored; by datastream, because the hours are indexed so.
SELECT date_trunc('day', min(first.hour), 'Asia/Ho_Chi_Minh')
FROM datastream d
CROSS JOIN LATERAL (SELECT min(hour) AS hour FROM observation_hourly WHERE datastream_id = d.id) AS first

-- name: begin
INSERT INTO observation_daily (datastream_id, day)
SELECT d.id, %(day)s
FROM datastream d
WHERE EXISTS (
    SELECT FROM observation_hourly h
    WHERE h.datastream_id = d.id AND h.hour >= %(day)s AND h.hour < %(day)s::timestamptz + INTERVAL '1 day'
)
ORDER BY d.id
ON CONFLICT DO NOTHING

-- name: begun
INSERT INTO days_begun (until) VALUES (%(until)s) ON CONFLICT (only_one) DO UPDATE SET until = excluded.until

-- name: stale
SELECT datastream_id, day FROM observation_daily WHERE is_stale ORDER BY datastream_id, day LIMIT %(portion)s

-- name: hold
-- As whoever stores does (datastreams.sql): what is not committed yet is waited for, what comes later marks the day anew.
SELECT FROM unnest(%(ids)s::int[]) AS wanted (id)
JOIN latest ON datastream_id = wanted.id
ORDER BY datastream_id
FOR NO KEY UPDATE OF latest

-- name: make
UPDATE observation_daily d
SET n = summed.n, sum = summed.sum, min = summed.min, max = summed.max, n_rejected = summed.n_rejected, is_stale = false
FROM (
    SELECT due.id, due.day, coalesce(sum(h.n), 0) AS n, coalesce(sum(h.sum), 0) AS sum, min(h.min) AS min,
           max(h.max) AS max, coalesce(sum(h.n_rejected), 0) AS n_rejected
    FROM unnest(%(ids)s::int[], %(days)s::timestamptz[]) AS due (id, day)
    LEFT JOIN LATERAL (
        SELECT * FROM observation_hourly o
        WHERE o.datastream_id = due.id AND o.hour >= due.day AND o.hour < due.day + INTERVAL '1 day'
        -- In the order in which hours are added up where there is no row yet, or the last bit of a sum might differ.
        ORDER BY o.hour
    ) h ON true
    GROUP BY due.id, due.day
) AS summed
WHERE d.datastream_id = summed.id AND d.day = summed.day
