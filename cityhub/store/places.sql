-- name: save
INSERT INTO place (id, name_vi, name_en, lon, lat, basis, basis_note, capacity, illustrative, attributes)
VALUES (%(id)s, %(name_vi)s, %(name_en)s, %(lon)s, %(lat)s, %(basis)s, %(basis_note)s, %(capacity)s,
        %(illustrative)s, %(attributes)s)
ON CONFLICT (id) DO UPDATE SET
    name_vi = excluded.name_vi, name_en = excluded.name_en, lon = excluded.lon, lat = excluded.lat,
    basis = excluded.basis, basis_note = excluded.basis_note, capacity = excluded.capacity,
    illustrative = excluded.illustrative, attributes = excluded.attributes
WHERE (place.name_vi, place.name_en, place.lon, place.lat, place.basis, place.basis_note, place.capacity,
       place.illustrative, place.attributes)
   IS DISTINCT FROM
      (excluded.name_vi, excluded.name_en, excluded.lon, excluded.lat, excluded.basis, excluded.basis_note,
       excluded.capacity, excluded.illustrative, excluded.attributes)

-- name: save_run
INSERT INTO parking_place (place_id, zone, issuer, vehicles, opening)
VALUES (%(id)s, %(zone)s, %(issuer)s, %(vehicles)s, %(opening)s)
ON CONFLICT (place_id) DO UPDATE SET
    zone = excluded.zone, issuer = excluded.issuer, vehicles = excluded.vehicles, opening = excluded.opening
WHERE (parking_place.zone, parking_place.issuer, parking_place.vehicles, parking_place.opening)
   IS DISTINCT FROM (excluded.zone, excluded.issuer, excluded.vehicles, excluded.opening)

-- name: remove_run
DELETE FROM parking_place WHERE place_id = ANY(%(ids)s)

-- name: all
-- Closures that are over are nobody's business any more.
SELECT p.id, p.name_vi, p.name_en, p.lon, p.lat, p.basis, p.basis_note, p.capacity, p.illustrative,
       p.attributes, coalesce(g.areas, '{}') AS areas, r.zone, r.issuer, coalesce(r.vehicles, '{}') AS vehicles,
       r.opening ->> 'text' AS opening,
       ARRAY(
           SELECT tstzrange(c.from_time, c.to_time) FROM place_closure c
           WHERE c.place_id = p.id AND c.to_time > now() ORDER BY c.from_time
       ) AS closures
FROM place p
LEFT JOIN place_areas g ON g.place_id = p.id
LEFT JOIN parking_place r ON r.place_id = p.id
ORDER BY p.id

-- name: bays
-- What the bays of a place said last, and when they said anything.
SELECT s.id, s.name_vi, s.name_en, s.interval_s, l.time, l.value, l.quality, h.heard, t.online, t.told_at
FROM sensor s
LEFT JOIN datastream d ON d.sensor_id = s.id AND d.property = 'occupied'
LEFT JOIN latest l ON l.datastream_id = d.id
LEFT JOIN LATERAL (
    SELECT max(l.time) AS heard FROM datastream d JOIN latest l ON l.datastream_id = d.id WHERE d.sensor_id = s.id
) h ON true
LEFT JOIN sensor_status t ON t.sensor_id = s.id
WHERE s.place_id = %(place_id)s AND s.kind = 'parking' AND s.listed AND s.id <> s.place_id
ORDER BY s.id

-- name: edition
-- Another text after any change of places and tariffs: each row's last transaction is in it. Areas are not.
SELECT concat_ws(
    ' ',
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM place),
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM parking_place),
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM place_closure),
    (SELECT concat(count(*), ':', sum(hashtext(xmin::text)::bigint)) FROM tariff)
)

-- name: get
-- The same of one; a text of its own, because the server plans once what does not ask whether there is an id.
SELECT p.id, p.name_vi, p.name_en, p.lon, p.lat, p.basis, p.basis_note, p.capacity, p.illustrative,
       p.attributes, coalesce(g.areas, '{}') AS areas, r.zone, r.issuer, coalesce(r.vehicles, '{}') AS vehicles,
       r.opening ->> 'text' AS opening,
       ARRAY(
           SELECT tstzrange(c.from_time, c.to_time) FROM place_closure c
           WHERE c.place_id = p.id AND c.to_time > now() ORDER BY c.from_time
       ) AS closures
FROM place p
LEFT JOIN place_areas g ON g.place_id = p.id
LEFT JOIN parking_place r ON r.place_id = p.id
WHERE p.id = %(id)s

-- name: is_bay
SELECT EXISTS (
    SELECT FROM sensor s
    WHERE s.id = %(bay_id)s AND s.place_id = %(place_id)s AND s.id <> s.place_id AND s.kind = 'parking'
)
