-- name: points
-- Sensors of street water with what is known of their models. Foreign data that is replayed has gauges of its own.
SELECT s.id, s.lon, s.lat, s.listed, ds.id AS datastream_id, m.name, m.trained_at, m.why
FROM sensor s
JOIN datastream ds ON ds.sensor_id = s.id AND ds.property = 'depth'
LEFT JOIN flood_forecast_model m ON m.sensor_id = s.id
WHERE s.kind = 'flood'
ORDER BY s.id

-- name: gauges
SELECT ds.id, s.lon, s.lat, s.listed
FROM sensor s
JOIN datastream ds ON ds.sensor_id = s.id AND ds.property = 'rain'
WHERE s.kind = 'rain'

-- name: depths
-- The last good reading of each quarter of an hour, by the end of it.
SELECT DISTINCT ON (1) date_bin(%(step)s, o.time - INTERVAL '1 microsecond', %(first)s) + %(step)s AS ends, o.value
FROM observation o
WHERE o.datastream_id = %(id)s AND o.quality & 3 = 0 AND o.time > %(first)s AND o.time <= %(last)s
ORDER BY 1, o.time DESC

-- name: rain
-- The mean of the gauges' sums in each quarter of an hour, by the end of it.
SELECT ends, avg(mm)
FROM (
    SELECT o.datastream_id, date_bin(%(step)s, o.time - INTERVAL '1 microsecond', %(first)s) + %(step)s AS ends,
           sum(o.value) AS mm
    FROM observation o
    WHERE o.datastream_id = ANY(%(ids)s) AND o.quality & 3 = 0 AND o.time > %(first)s AND o.time <= %(last)s
    GROUP BY 1, 2
) gauge
GROUP BY ends

-- name: save
INSERT INTO flood_forecast_model (sensor_id, name, trained_at, start_time, end_time, horizons, tried, why)
VALUES (%(sensor_id)s, %(name)s, %(trained_at)s, %(start_time)s, %(end_time)s, %(horizons)s, %(tried)s, %(why)s)
ON CONFLICT (sensor_id) DO UPDATE SET
    name = excluded.name, trained_at = excluded.trained_at, start_time = excluded.start_time,
    end_time = excluded.end_time, horizons = excluded.horizons, tried = excluded.tried, why = excluded.why

-- name: edition
-- Another text after any change of a model.
SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM flood_forecast_model

-- name: models
SELECT m.sensor_id, m.trained_at, m.start_time, m.end_time, m.horizons, m.why
FROM flood_forecast_model m
JOIN sensor s ON s.id = m.sensor_id
WHERE s.listed AND m.name = %(name)s
