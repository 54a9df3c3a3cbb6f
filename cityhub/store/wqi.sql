-- name: hourly
-- Means of a station's hours that begin within the span; hours without a good value are absent.
SELECT h.hour AS time, d.property, h.sum / h.n AS mean
FROM observation_hourly h
JOIN datastream d ON d.id = h.datastream_id
WHERE d.sensor_id = %(station_id)s AND d.property = ANY (%(properties)s) AND h.n > 0
  AND h.hour >= %(start)s AND h.hour < %(end)s
ORDER BY h.hour

-- name: daily
-- The same of days of Asia/Ho_Chi_Minh; a mean weighs every reading alike.
SELECT date_trunc('day', h.hour, 'Asia/Ho_Chi_Minh') AS time, d.property, sum(h.sum) / sum(h.n) AS mean
FROM observation_hourly h
JOIN datastream d ON d.id = h.datastream_id
WHERE d.sensor_id = %(station_id)s AND d.property = ANY (%(properties)s) AND h.n > 0
  AND h.hour >= %(start)s AND h.hour < %(end)s
GROUP BY 1, 2
ORDER BY 1
