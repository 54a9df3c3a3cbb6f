-- name: forget
DELETE FROM air_day d
USING unnest(%(ids)b::int[], %(days)b::date[]) AS changed (id, day)
WHERE d.datastream_id = changed.id AND d.day = changed.day

-- name: kept
SELECT datastream_id, day, hours, observed, mean, highest, eight_hours
FROM air_day
WHERE datastream_id = ANY(%(ids)s::int[]) AND day >= %(first)s AND day <= %(last)s AND eight_hours_of = %(eight_hours_of)s

-- name: keep
INSERT INTO air_day (datastream_id, day, hours, observed, mean, highest, eight_hours, eight_hours_of)
SELECT *, %(eight_hours_of)s FROM unnest(
    %(ids)s::int[], %(days)s::date[], %(hours)s::smallint[], %(observed)s::int[], %(means)s::float8[],
    %(highest)s::float8[], %(eight_hours)s::float8[]
)
ON CONFLICT (datastream_id, day) DO UPDATE SET
    hours = excluded.hours, observed = excluded.observed, mean = excluded.mean, highest = excluded.highest,
    eight_hours = excluded.eight_hours, eight_hours_of = excluded.eight_hours_of

-- name: keep_until
UPDATE latest SET days_until = greatest(days_until, %(until)s) WHERE datastream_id = ANY(%(ids)s::int[])

-- name: first_hour
SELECT min(first) FROM unnest(%(ids)s::int[]) AS stream (id) CROSS JOIN LATERAL (
    SELECT hour AS first FROM observation_hourly WHERE datastream_id = stream.id ORDER BY hour LIMIT 1
) AS hours

-- name: incomplete
-- Days of the span that are not kept for all of the datastreams.
SELECT span.day::date
FROM generate_series(%(first)s::date, %(last)s::date, INTERVAL '1 day') AS span (day)
LEFT JOIN air_day d
    ON d.day = span.day::date AND d.datastream_id = ANY(%(ids)s::int[]) AND d.eight_hours_of = %(eight_hours_of)s
GROUP BY 1
HAVING count(d.day) < cardinality(%(ids)s::int[])
ORDER BY 1
