-- name: one_moment
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: months
-- Readings that are stored of listed sensors by kind and month of Asia/Ho_Chi_Minh. Of days that are summed up out of their
-- rows, of the others out of their hours (days.sql): every row counts once.
WITH stream AS MATERIALIZED (
    SELECT d.id, s.kind
    FROM sensor s JOIN datastream d ON d.sensor_id = s.id
    WHERE s.listed AND (s.kind, d.property) IN (SELECT * FROM unnest(%(kinds)s::text[], %(properties)s::text[]))
), counted AS (
    SELECT datastream_id, day AS time, n + n_rejected AS rows
    FROM observation_daily
    WHERE NOT is_stale AND day < (SELECT until FROM days_begun)
    UNION ALL
    SELECT h.datastream_id, h.hour, h.n + h.n_rejected
    FROM observation_daily d
    JOIN observation_hourly h
      ON h.datastream_id = d.datastream_id AND h.hour >= d.day AND h.hour < d.day + INTERVAL '1 day'
    WHERE d.is_stale AND d.day < (SELECT until FROM days_begun)
    UNION ALL
    SELECT h.datastream_id, h.hour, h.n + h.n_rejected
    FROM stream
    CROSS JOIN LATERAL (
        SELECT * FROM observation_hourly
        WHERE datastream_id = stream.id AND hour >= coalesce((SELECT until FROM days_begun), '-infinity')
    ) AS h
)
SELECT s.kind, date_trunc('month', c.time, 'Asia/Ho_Chi_Minh') AS month, sum(c.rows)::bigint AS rows
FROM counted c JOIN stream s ON s.id = c.datastream_id
GROUP BY 1, 2
HAVING sum(c.rows) > 0
ORDER BY 1, 2

-- name: kept
-- Readings of a span that are still there one by one: of closed hours only the sums are.
SELECT s.kind, sum(h.n + h.n_rejected)::bigint
FROM sensor s
JOIN datastream d ON d.sensor_id = s.id
CROSS JOIN LATERAL (
    SELECT n, n_rejected FROM observation_hourly
    WHERE datastream_id = d.id AND hour >= %(start)s AND hour < %(end)s AND NOT closed
) AS h
WHERE s.listed AND (s.kind, d.property) IN (SELECT * FROM unnest(%(kinds)s::text[], %(properties)s::text[]))
GROUP BY s.kind

-- name: kinds
SELECT s.kind, count(DISTINCT s.id), min(first.hour), max(nullif(l.time, '-infinity')), bool_or(s.illustrative),
       min(s.lon), min(s.lat), max(s.lon), max(s.lat)
FROM sensor s
JOIN datastream d ON d.sensor_id = s.id
LEFT JOIN latest l ON l.datastream_id = d.id
LEFT JOIN LATERAL (SELECT min(hour) AS hour FROM observation_hourly WHERE datastream_id = d.id) AS first ON true
WHERE s.listed AND (s.kind, d.property) IN (SELECT * FROM unnest(%(kinds)s::text[], %(properties)s::text[]))
GROUP BY s.kind

-- name: stamp
-- What changes whenever a file of the span would: readings, corrections of their flags, sensors and their places.
WITH stream AS MATERIALIZED (
    SELECT d.id, s.id AS sensor_id, s.lon, s.lat, s.name_vi, s.name_en, s.basis, d.unit
    FROM sensor s JOIN datastream d ON d.sensor_id = s.id
    WHERE s.listed AND s.kind = %(kind)s AND d.property = ANY(%(properties)s)
)
SELECT coalesce((
           SELECT sum(h.n + h.n_rejected)::bigint
           FROM stream CROSS JOIN LATERAL (
               SELECT n, n_rejected FROM observation_hourly
               WHERE datastream_id = stream.id AND hour >= %(start)s AND hour < %(end)s AND NOT closed
           ) AS h
       ), 0) AS rows,
       (SELECT max(c.id) FROM correction c JOIN stream ON stream.id = c.datastream_id
        WHERE c.start_time < %(end)s AND c.end_time > %(start)s) AS correction,
       (SELECT md5(string_agg(stream::text, '|' ORDER BY stream.id)) FROM stream) AS sensors

-- name: as_measured
-- Twelve significant digits, without what binary arithmetic adds (kinds/figures.py).
SET LOCAL extra_float_digits = -3

-- name: copy
-- Datastream after datastream, so that nothing is sorted and nothing is kept in memory.
COPY (
    SELECT to_char(o.time AT TIME ZONE 'Asia/Ho_Chi_Minh', CASE
               WHEN date_trunc('second', o.time) = o.time THEN 'YYYY-MM-DD"T"HH24:MI:SS"+07:00"'
               ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"+07:00"'
           END) AS time,
           stream.sensor_id, stream.property, stream.unit, o.value,
           CASE WHEN o.quality <> 0 THEN (
               SELECT string_agg(flag.name, ' ' ORDER BY flag.bit)
               FROM unnest(%(bits)s::int[], %(names)s::text[]) AS flag (bit, name)
               WHERE o.quality & flag.bit <> 0
           ) END AS quality
    FROM (
        SELECT d.id, d.sensor_id, d.property, d.unit
        FROM sensor s JOIN datastream d ON d.sensor_id = s.id
        WHERE s.listed AND s.kind = %(kind)s AND d.property = ANY(%(properties)s)
        ORDER BY d.sensor_id, d.property
    ) AS stream
    CROSS JOIN LATERAL (
        SELECT time, value, quality
        FROM observation
        WHERE datastream_id = stream.id AND time >= %(start)s AND time < %(end)s
        ORDER BY time
    ) AS o
) TO STDOUT (FORMAT csv, HEADER)
