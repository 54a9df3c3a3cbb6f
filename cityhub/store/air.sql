-- name: stations
SELECT s.id, s.attributes, array_agg(ds.property)
FROM sensor s JOIN datastream ds ON ds.sensor_id = s.id JOIN latest l ON l.datastream_id = ds.id
WHERE s.kind = 'air'
GROUP BY s.id
ORDER BY s.id

-- name: streams
-- Concentrations and the humidity beside them, of datastreams that ever reported. Another unit makes no index.
SELECT ds.sensor_id, ds.property, ds.id
FROM datastream ds JOIN latest l ON l.datastream_id = ds.id
WHERE ds.sensor_id = ANY(%(sensor_ids)s) AND ds.property = ANY(%(properties)s)
  AND (ds.unit = %(unit)s OR ds.property = 'humidity')

-- name: hours
-- Hours by their number since 1970, which is read in half the time of a moment. A row of arrays for each datastream: a day
-- of sixty stations is ten thousand hours.
SELECT datastream_id, array_agg((date_part('epoch', hour) / 3600)::int), array_agg(n), array_agg(sum / n)
FROM observation_hourly
WHERE datastream_id = ANY(%(ids)s::int[]) AND hour >= %(first)s AND hour <= %(last)s AND n > 0
GROUP BY datastream_id
