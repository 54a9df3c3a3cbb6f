-- name: stations
SELECT s.id, s.lat, s.lon, s.listed, m.name AS model_name, m.trained_at, m.why
FROM sensor s
JOIN datastream d ON d.sensor_id = s.id AND d.property = 'pm2_5'
LEFT JOIN air_forecast_model m ON m.sensor_id = s.id
WHERE s.kind = 'air'
ORDER BY s.id

-- name: save_model
INSERT INTO air_forecast_model
    (sensor_id, name, trained_at, start_time, end_time, weeks, coefficients, skill, why)
VALUES (%(sensor_id)s, %(name)s, %(trained_at)s, %(start)s, %(end)s, %(weeks)s, %(coefficients)s, %(skill)s, %(why)s)
ON CONFLICT (sensor_id) DO UPDATE SET
    name = excluded.name, trained_at = excluded.trained_at, start_time = excluded.start_time,
    end_time = excluded.end_time, weeks = excluded.weeks, coefficients = excluded.coefficients,
    skill = excluded.skill, why = excluded.why

-- name: models
SELECT sensor_id, coefficients
FROM air_forecast_model
WHERE coefficients IS NOT NULL AND name = %(name)s

-- name: save
INSERT INTO air_forecast (sensor_id, made_at, issued, hours, why)
VALUES (%(sensor_id)s, %(made_at)s, %(issued)s, %(hours)s, %(why)s)
ON CONFLICT (sensor_id) DO UPDATE SET
    made_at = excluded.made_at, issued = excluded.issued, hours = excluded.hours, why = excluded.why

-- name: get
-- A station of which no model speaks says why by its model, then by its forecast.
SELECT s.id AS sensor_id, f.issued, coalesce(f.hours, '[]') AS hours, coalesce(m.why, f.why) AS why,
       m.name, m.trained_at, m.start_time AS start, m.end_time AS "end", m.weeks, m.skill
FROM sensor s
LEFT JOIN air_forecast_model m ON m.sensor_id = s.id
LEFT JOIN air_forecast f ON f.sensor_id = s.id
WHERE s.id = %(sensor_id)s AND s.kind = 'air'
