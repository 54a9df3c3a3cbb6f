-- name: other_of_day
SELECT version FROM tariff WHERE zone = %(zone)s AND valid_from = %(valid_from)s AND version <> %(version)s

-- name: add
INSERT INTO tariff (version, zone, valid_from, document)
VALUES (%(version)s, %(zone)s, %(valid_from)s, %(document)s)
ON CONFLICT (version) DO NOTHING

-- name: document
SELECT document FROM tariff WHERE version = %(version)s

-- name: versions
-- With the time of loading: what names a version here may name another in another database.
SELECT version, loaded_at FROM tariff WHERE zone = %(zone)s ORDER BY valid_from

-- name: documents
SELECT document FROM tariff WHERE zone = %(zone)s

-- name: save_zone
INSERT INTO parking_zone (id, name_vi, name_en) VALUES (%(id)s, %(name_vi)s, %(name_en)s)
ON CONFLICT (id) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en
WHERE (parking_zone.name_vi, parking_zone.name_en) IS DISTINCT FROM (excluded.name_vi, excluded.name_en)

-- name: save_right
INSERT INTO right_specification
    (id, type, name_vi, name_en, zone, vehicle, months, price, valid_from, valid_to, illustrative)
VALUES (%(id)s, %(type)s, %(name_vi)s, %(name_en)s, %(zone)s, %(vehicle)s, %(months)s, %(price)s, %(valid_from)s,
        %(valid_to)s, %(illustrative)s)
ON CONFLICT (id) DO UPDATE SET
    type = excluded.type, name_vi = excluded.name_vi, name_en = excluded.name_en, zone = excluded.zone,
    vehicle = excluded.vehicle, months = excluded.months, price = excluded.price, valid_from = excluded.valid_from,
    valid_to = excluded.valid_to, illustrative = excluded.illustrative
WHERE (right_specification.type, right_specification.name_vi, right_specification.name_en, right_specification.zone,
       right_specification.vehicle, right_specification.months, right_specification.price,
       right_specification.valid_from, right_specification.valid_to, right_specification.illustrative)
   IS DISTINCT FROM
      (excluded.type, excluded.name_vi, excluded.name_en, excluded.zone, excluded.vehicle, excluded.months,
       excluded.price, excluded.valid_from, excluded.valid_to, excluded.illustrative)

-- name: zones
SELECT t.zone AS id, coalesce(min(z.name_vi), t.zone) AS name_vi, coalesce(min(z.name_en), t.zone) AS name_en,
       (array_agg(t.version ORDER BY t.valid_from DESC) FILTER (WHERE t.valid_from <= %(now)s))[1] AS version
FROM tariff t LEFT JOIN parking_zone z ON z.id = t.zone
GROUP BY t.zone
ORDER BY t.zone
